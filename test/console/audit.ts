import { expect, test } from 'vitest';

import { ADMINISTRATOR, barriers, type Desk, picture } from './desk.ts';
import { looksRight } from './looks.ts';
import { VIEWER } from './people.ts';

export function audit(at: () => Desk): void {
  test('who did what is found by text, person, kind and outcome, and the chain is said to be unbroken', async () => {
    const page = await at().open('audit');
    await page.getByText(/^\d[\d,.]* entries, unbroken$/).waitFor();
    const rows = page.getByRole('table').getByRole('row');
    const added = rows.filter({ hasText: 'Add a user' }).filter({ hasText: `user ${VIEWER.name}` });
    await page.getByLabel('Search').fill(`USER ${VIEWER.name}`);
    await page.getByLabel('What').selectOption('Add a user');
    await added.waitFor();
    await rows.nth(2).waitFor({ state: 'detached' });
    expect(await added.innerText()).toMatch(
      new RegExp(`${ADMINISTRATOR.name}[\\s\\S]*user ${VIEWER.name}[\\s\\S]*Done`),
    );
    expect(await page.content()).not.toContain(VIEWER.password);
    await page.getByLabel('Outcome').selectOption('Failed');
    await page.getByText('No entry is like this').waitFor();
    await page.getByRole('button', { name: 'Show everything' }).click();
    await page.getByLabel('Outcome').selectOption('Refused');
    await rows.filter({ hasText: 'access-last-administrator' }).waitFor();
  });

  test('all of it can be taken away as JSON lines', async () => {
    const page = await at().open('audit');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Export all').click()]);
    expect(download.suggestedFilename()).toBe('audit.jsonl');
  });

  test('where it was altered, it says from where on and what to do', async () => {
    const page = await at().open('');
    await page.route('**/api/v1/audit/verify', (route) =>
      route.fulfill({ json: { intact: false, entries: 12_480, brokenAt: 7_001, why: 'entry 7001 was altered' } }),
    );
    await page.goto(`${at().url}#/audit`);
    const alert = page.getByRole('alert');
    expect(await alert.innerText()).toMatch(/from entry 7,?001 on[\s\S]*entry 7001 was altered[\s\S]*last backup/);
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'audit-broken');
  });

  test('looks right', async () => {
    const page = await at().open('audit');
    await page.getByText(/unbroken/).waitFor();
    await page.getByRole('row').nth(2).waitFor();
    await looksRight(page, 'audit');
  });
}
