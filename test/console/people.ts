import type { Page } from 'playwright-core';

import type { Desk } from './desk.ts';

/** Who may look and do nothing; made in the tests of access. */
export const VIEWER = { name: 'day', password: 'a viewer looks and does nothing' } as const;

type Person = { readonly name: string; readonly password: string };

/** A page in a window in which this person has logged in. */
export async function enter(desk: Desk, path: string, { name, password }: Person): Promise<Page> {
  const page = await desk.open(path, { isStranger: true });
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: `Account of ${name}` }).waitFor();
  return page;
}
