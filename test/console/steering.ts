import { afterAll, expect, test } from 'vitest';

import { barriersInEachTheme } from './barriers.ts';
import { type Desk, picture } from './desk.ts';

/** How long steering may take to see that a server is slow, on a busy machine, ms. */
const SEEN = 30_000;

export function steering(at: () => Desk): void {
  afterAll(() => at().demo('heal'));

  test('says what each server gets and why, and what was done; without barriers, wide and narrow, in each theme', async () => {
    at().demo('slow', 'ehr2');
    const page = await at().open('steering');
    const table = page.getByRole('table', { name: /servers of portal are steered/ });
    const row = table.getByRole('row').filter({ hasText: 'ehr2' });
    await row.getByText(/× the pool's usual/).waitFor({ timeout: SEEN });
    const done = page.getByRole('region', { name: 'What it did' });
    await done
      .getByText(/portal\/ehr2 is given (less|nothing new)/)
      .first()
      .waitFor({ timeout: SEEN });
    await page
      .getByRole('figure', { name: /^Weight/ })
      .first()
      .waitFor();
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'steering');
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'steering-narrow');
  });
}
