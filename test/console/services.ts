import { expect, test } from 'vitest';

import { waitFor } from '../support/wait.ts';
import { barriers, type Desk, picture, sideways } from './desk.ts';

export function services(at: () => Desk): void {
  test('every server stands under its service, and is found by what it is called or where it is', async () => {
    const page = await at().open('services');
    const rows = page.getByRole('table', { name: 'Servers' }).getByRole('row');
    await rows.filter({ hasText: 'engine2' }).waitFor();
    expect(await rows.count()).toBe(1 + 5 + 10);
    await picture(page, 'services');
    await page.getByLabel('Search').fill('pacs 127.0.0.1');
    await page.getByText('2 of 10 servers').waitFor();
    expect(await rows.count()).toBe(1 + 1 + 2);
    await page.getByLabel('Search').fill('nowhere');
    await page.getByText('No server is like that').waitFor();
  });

  test.each(['light', 'dark', 'contrast'] as const)('has no barriers, %s', async (theme) => {
    const page = await at().open('services', { theme });
    await page.getByText('engine2').waitFor();
    expect(await barriers(page)).toEqual([]);
    await page.setViewportSize({ width: 320, height: 640 });
    await waitFor('nothing stands out sideways', async () => (await sideways(page)) === 0);
    await picture(page, `services-${theme}-narrow`);
  });
}
