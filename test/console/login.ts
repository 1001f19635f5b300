import { expect, test } from 'vitest';

import { ADMINISTRATOR, barriers, type Desk, picture, sideways } from './desk.ts';

export function login(at: () => Desk): void {
  test('the link that the controller prints makes the first administrator, once', async () => {
    const { setupLink } = at();
    const path = setupLink.slice(setupLink.indexOf('#/') + 2);
    const page = await at().open(path, { isStranger: true });
    await page.getByRole('heading', { level: 1, name: 'The first administrator' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'setup');
    await page.getByLabel('Name').fill(ADMINISTRATOR.name);
    await page.getByLabel('Password').fill(ADMINISTRATOR.password);
    await page.getByLabel('The same again').fill(ADMINISTRATOR.password);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: `Account of ${ADMINISTRATOR.name}` }).waitFor();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await at().keepSession(page);

    const again = await at().open(path, { isStranger: true });
    await again.getByLabel('Name').fill('second');
    await again.getByLabel('Password').fill(ADMINISTRATOR.password);
    await again.getByLabel('The same again').fill(ADMINISTRATOR.password);
    await again.keyboard.press('Enter');
    expect(await again.getByRole('alert').innerText()).toContain('used');
  });

  test('a wrong password is told so, the right one opens what was asked for, and logging out ends it', async () => {
    const page = await at().open('changes', { isStranger: true });
    await page.getByLabel('Name').fill(ADMINISTRATOR.name);
    await page.getByLabel('Password').fill('not the password');
    await page.keyboard.press('Enter');
    await page.getByText('Name or password is wrong').waitFor();
    expect(await page.getByLabel('Password').inputValue()).toBe('');
    await page.getByLabel('Password').fill(ADMINISTRATOR.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Changes' }).waitFor();
    await page.getByRole('button', { name: `Account of ${ADMINISTRATOR.name}` }).click();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test.each(['light', 'dark', 'contrast'] as const)('the way in has no barriers, %s', async (theme) => {
    const page = await at().open('', { theme, width: 320, height: 640, isStranger: true });
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    expect(await barriers(page)).toEqual([]);
    expect(await sideways(page)).toBe(0);
    await picture(page, `login-${theme}`);
  });

  test('a minute before the session ends it is said, and whoever is there can stay', async () => {
    const page = await at().open('');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.route('**/api/v1/me', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...(await answer.json()), endsIn: 40_000 } });
    });
    await page.reload();
    const warning = page.getByRole('alertdialog');
    await warning.waitFor();
    expect(await warning.innerText()).toMatch(/logged off in [34]\d s/);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'logoff');
    await page.unroute('**/api/v1/me');
    await warning.getByRole('button', { name: 'Stay logged in' }).click();
    await warning.waitFor({ state: 'detached' });
    await page.getByRole('heading', { level: 1 }).waitFor();
  });
}
