import { afterAll, expect, test } from 'vitest';

import { waitFor } from '../support/wait.ts';
import { barriersInEachTheme } from './barriers.ts';
import { barriers, type Desk, picture } from './desk.ts';
import { reach } from './keyboard.ts';
import { enter } from './people.ts';

const OPERATOR = { name: 'oncall', password: 'an operator drains and mends' } as const;
const ONLOOKER = { name: 'onlooker', password: 'who only looks changes nothing' } as const;

type Person = { readonly name: string; readonly password: string };

type Status = {
  readonly services: readonly {
    readonly pools: readonly { readonly servers: readonly { readonly label: string; readonly state: string }[] }[];
  }[];
};

/** Gives somebody a name here, as an administrator would. */
async function makeUser(desk: Desk, { name, password }: Person, role: string): Promise<void> {
  const page = await desk.open('');
  const status = await page.evaluate(
    async (body) => {
      const headers = { 'content-type': 'application/json' };
      return (await fetch('/api/v1/users', { method: 'POST', headers, body })).status;
    },
    JSON.stringify({ name, password, grants: [{ role, services: 'all' }] }),
  );
  expect(status).toBe(200);
}

export function acting(at: () => Desk): void {
  afterAll(() => {
    at().demo('heal');
    at().vagus('server', 'ready', 'portal/ehr2');
  });

  const isIn = (label: string, state: string): boolean => {
    const { services } = JSON.parse(at().vagus('status', '--json')) as Status;
    const servers = services.flatMap(({ pools }) => pools.flatMap((pool) => pool.servers));
    return servers.some((server) => server.label === label && server.state === state);
  };

  test('an operator finds the slow server and drains it, by the keyboard alone, knowing what becomes of the others', async () => {
    at().demo('slow', 'ehr2');
    await makeUser(at(), OPERATOR, 'operator');
    const page = await enter(at(), 'services/portal', OPERATOR);
    const row = page
      .getByRole('table', { name: /Servers of portal/ })
      .getByRole('row')
      .filter({ hasText: 'ehr2' });
    await row.getByText(/Steering: weight \d+: answers take \d+ ms/).waitFor({ timeout: 30_000 });
    expect(await row.getByRole('button', { name: /Weight…/ }).count()).toBe(0);

    await row.getByRole('button', { name: 'Drain… portal/ehr2' }).press('Enter');
    const dialog = page.getByRole('alertdialog', { name: 'Drain portal/ehr2?' });
    await dialog.getByText(/ehr2 carries \d+ requests? now.*2 other servers/).waitFor();
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'acting-drain');
    await reach(page, dialog.getByLabel('Reason'));
    await page.keyboard.type('slow since ten');
    await reach(page, dialog.getByRole('button', { name: 'Drain' }));
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await row.getByText('Draining', { exact: true }).waitFor();
    await row.getByText(/left.*in maintenance in .* at the latest/).waitFor();
    await row.getByText('slow since ten').waitFor();
    expect(isIn('portal/ehr2', 'drain')).toBe(true);
    await picture(page, 'acting-draining');

    await row.getByRole('button', { name: 'Cancel the drain… portal/ehr2' }).press('Enter');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Back into work' }).press('Enter');
    await row.getByRole('button', { name: 'Drain… portal/ehr2' }).waitFor();
    await waitFor('it is in work', () => isIn('portal/ehr2', 'up'));
  });

  test('nobody takes the last server out without having said so', async () => {
    const page = await at().open('services/portal');
    for (const server of ['ehr1', 'ehr3']) at().vagus('server', 'maint', `portal/${server}`);
    await page.getByRole('button', { name: 'Maintenance… portal/ehr2' }).click();
    const dialog = page.getByRole('alertdialog');
    await dialog.getByText(/nobody would be left to serve/).waitFor();
    const action = dialog.getByRole('button', { name: 'Into maintenance' });
    expect(await action.isDisabled()).toBe(true);
    await dialog.getByLabel(/Do it all the same/).check();
    expect(await action.isDisabled()).toBe(false);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    for (const server of ['ehr1', 'ehr3']) at().vagus('server', 'ready', `portal/${server}`);
  });

  test('who may only look sees no button, and why', async () => {
    await makeUser(at(), ONLOOKER, 'viewer');
    const page = await enter(at(), 'services/pacs', ONLOOKER);
    await page.getByText('View only').first().waitFor();
    expect(await page.getByText(/takes the role operator or administrator for pacs/).count()).toBeGreaterThan(0);
    expect(await page.getByRole('button', { name: /(Drain|Maintenance|Weight)…/ }).count()).toBe(0);
    await page.goto(`${at().url}#/changes/spec`);
    await page.getByText('takes the role administrator').waitFor();
    expect(await page.getByRole('button', { name: /Apply/ }).count()).toBe(0);
  });

  test('maintenance is planned, seen and cancelled', async () => {
    const page = await at().open('maintenance', { width: 320, height: 640 });
    await page.getByRole('button', { name: 'Plan a window…' }).click();
    const dialog = page.getByRole('alertdialog', { name: 'Plan a window' });
    await dialog.getByLabel('pacs/pacs1').check();
    await dialog.getByLabel('Reason').fill('new disks');
    expect(await barriers(page)).toEqual([]);
    await picture(page, 'maintenance-plan');
    await dialog.getByRole('button', { name: 'Plan it' }).click();
    const row = page
      .getByRole('table', { name: 'Maintenance windows' })
      .getByRole('row')
      .filter({ hasText: 'new disks' });
    await row.getByText('Planned').waitFor();
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'maintenance');
    await row.getByRole('button', { name: /Cancel/ }).click();
    await page.getByRole('button', { name: 'Cancel the window' }).click();
    await row.getByText('Cancelled').waitFor();
  });

  test('certificates say how long they are valid', async () => {
    const page = await at().open('certificates', { width: 320, height: 640 });
    await page
      .getByText(/\d+ days left/)
      .first()
      .waitFor();
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'certificates');
  });
}
