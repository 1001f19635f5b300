import { expect, test } from 'vitest';

import { ADMINISTRATOR, barriers, type Desk, picture } from './desk.ts';
import { looksRight } from './looks.ts';
import { enter, VIEWER } from './people.ts';

export function access(at: () => Desk): void {
  test('an administrator makes a user, who sees what a viewer may see and nothing that they may not do', async () => {
    const page = await at().open('access');
    await page.getByRole('button', { name: 'Add a user…' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill(VIEWER.name);
    await form.getByLabel('New password').fill(VIEWER.password);
    await form.getByLabel('The same again').fill('something else');
    expect(await form.getByRole('button', { name: 'Add' }).isDisabled()).toBe(true);
    await form.getByLabel('The same again').fill(VIEWER.password);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'access-add-user');
    await page.keyboard.press('Enter');
    const row = page.getByRole('row', { name: new RegExp(`^${VIEWER.name} `) });
    await row.getByText('Viewer of the whole site').waitFor();

    const theirs = await enter(at(), 'access', VIEWER);
    await theirs.getByRole('heading', { name: 'Your account' }).waitFor();
    expect(await theirs.getByRole('heading', { name: 'Users' }).count()).toBe(0);
    expect(await theirs.getByRole('link', { name: 'Audit' }).count()).toBe(0);
    expect(await barriers(theirs)).toEqual([]);

    await page.reload();
    await page.getByRole('button', { name: `End the session of ${VIEWER.name}` }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'End', exact: true }).click();
    await theirs.reload();
    await theirs.getByRole('heading', { name: 'Log in' }).waitFor();
  });

  test('the secret of a token is shown once, lets a program in, and no more once it is revoked', async () => {
    const page = await at().open('access');
    await page.getByRole('button', { name: 'Make a token…' }).click();
    await page.getByLabel('Name').fill('prometheus');
    await page.keyboard.press('Enter');
    const shown = page.getByRole('dialog', { name: 'The secret of prometheus' });
    const secret = await shown.getByText(/^vagus_\S{20,}$/).innerText();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'access-secret');
    await shown.getByRole('button', { name: 'I have it' }).click();
    const row = page.getByRole('row', { name: /^prometheus / });
    await row.getByText('Valid').waitFor();
    expect(await page.content()).not.toContain(secret);
    const status = (): Promise<number> =>
      page.evaluate(
        async (token) =>
          (await fetch('/api/v1/me', { headers: { authorization: `Bearer ${token}` }, credentials: 'omit' })).status,
        secret,
      );
    expect(await status()).toBe(200);
    await row.getByRole('button', { name: 'Revoke prometheus' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await row.waitFor({ state: 'detached' });
    expect(await status()).toBe(401);
  });

  test('a screen on the wall shows the console with a token that looks, and nothing to act with, until it is revoked', async () => {
    const page = await at().open('access');
    await page.getByRole('button', { name: 'Make a token…' }).click();
    await page.getByLabel('Name').fill('wall');
    await page.keyboard.press('Enter');
    const shown = page.getByRole('dialog', { name: 'The secret of wall' });
    const address = await shown.getByText(/#\/screen\/vagus_\S{20,}$/).innerText();
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'access-screen');
    await shown.getByRole('button', { name: 'I have it' }).click();

    const wall = await at().open(address.slice(address.indexOf('#/') + 2), { isStranger: true });
    await wall.getByRole('button', { name: 'Account of token:wall' }).waitFor();
    expect(new URL(wall.url()).hash).toBe('#/');
    const cookies = await wall.context().cookies();
    expect(cookies.map(({ expires }) => expires > Date.now() / 1_000 + 86_400)).toEqual([true]);
    await wall.getByRole('link', { name: 'Services' }).click();
    await wall.getByRole('link', { name: 'portal' }).first().click();
    await wall.getByRole('heading', { name: 'Servers' }).waitFor();
    expect(await wall.getByRole('button', { name: /Drain|Maintenance/ }).count()).toBe(0);
    await wall.getByRole('link', { name: 'Access' }).click();
    await wall.getByRole('heading', { name: 'What a role may do' }).waitFor();
    expect(await barriers(wall)).toEqual([]);

    await page.getByRole('button', { name: 'Revoke wall' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('row', { name: /^wall / }).waitFor({ state: 'detached' });
    await wall.reload();
    await wall.getByRole('heading', { name: 'Log in' }).waitFor();
    await wall.goto(address);
    await wall.reload();
    await wall.getByText('the token is unknown, has expired, or was revoked').waitFor();
    await picture(wall, 'screen-refused');
  });

  test('the last administrator stays one, and is told why', async () => {
    const page = await at().open('access');
    await page.getByRole('button', { name: `Remove… ${ADMINISTRATOR.name}` }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByRole('button', { name: 'Remove' }).click();
    await dialog.getByText('last administrator').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('row', { name: `${ADMINISTRATOR.name} Administrator of the whole site Yes` }).waitFor();
  });

  test('looks right', async () => {
    const page = await at().open('access');
    await page.getByRole('row', { name: new RegExp(`^${VIEWER.name} `) }).waitFor();
    await looksRight(page, 'access');
  });
}
