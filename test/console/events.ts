import { test } from 'vitest';

import type { Desk } from './desk.ts';
import { looksRight } from './looks.ts';

export function events(at: () => Desk): void {
  test('what happened before is there, and what happens appears by itself', async () => {
    const page = await at().open('events');
    const lines = page.getByRole('listitem');
    await page.getByLabel('Service').selectOption('pacs');
    await page.getByText(/No older events|Nothing happened/).waitFor();
    const before = await lines.filter({ hasText: /pacs1/ }).count();
    at().demo('kill', 'pacs1');
    await lines.filter({ hasText: /pacs1/ }).nth(before).waitFor({ timeout: 20_000 });
    await page.getByLabel('Good', { exact: true }).check({ force: true });
    await lines
      .filter({ hasText: /pacs1.*down/i })
      .first()
      .waitFor({ state: 'detached' });
    at().demo('heal');
    await page.getByLabel('All', { exact: true }).check({ force: true });
    await page.reload();
    await page.getByLabel('Service').selectOption('pacs');
    await lines.filter({ hasText: /pacs1/ }).nth(before).waitFor();
  });

  test('look right', async () => {
    const page = await at().open('events');
    await page.getByText(/pacs1/).first().waitFor();
    await looksRight(page, 'events');
  });
}
