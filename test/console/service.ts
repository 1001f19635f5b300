import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';

import { waitFor } from '../support/wait.ts';
import { barriersInEachTheme } from './barriers.ts';
import { type Desk, picture } from './desk.ts';

/** How long steering may take to see that a server is slow, on a busy machine, ms. */
const SEEN = 30_000;

export function service(at: () => Desk): void {
  afterAll(() => at().demo('heal'));

  test('says of each server how it is, what its check said, and what steering makes of it and why', async () => {
    at().demo('slow', 'ehr2');
    const page = await at().open('services/portal');
    const row = page
      .getByRole('table', { name: /Servers of portal/ })
      .getByRole('row')
      .filter({ hasText: 'ehr2' });
    await row.getByText('HTTP 200').waitFor();
    await row.getByText(/Steering: weight \d+: .*answers take \d+ ms/).waitFor({ timeout: SEEN });
    const section = await page.getByLabel('The spec’s section about portal').innerText();
    expect(section).toMatch(/^portal:\n {2}preset: ehr-web/);
    expect(section).not.toContain('fhir');
  });

  test('shows what it did as lines and as a table, of the service and of each server, by the keyboard alone', async () => {
    const page = await at().open('services/portal');
    const chart = page.getByRole('figure', { name: /^Requests/ });
    await waitFor('something was done', async () => /done\s*[\d.]*[1-9]/.test(await chart.innerText()));
    await chart.getByRole('button', { name: /Table/ }).press('Enter');
    expect(await chart.getByRole('table').getByRole('row').count()).toBeGreaterThan(20);
    await page.getByLabel('The service').focus();
    await page.keyboard.press('ArrowRight');
    await chart.getByText('ehr3').waitFor();
    await page.getByRole('radio', { name: 'Hour', exact: true }).focus();
    for (const range of ['Day', 'Week', '90 days']) {
      await page.keyboard.press('ArrowRight');
      expect(await page.getByRole('radio', { name: range, exact: true }).isChecked()).toBe(true);
    }
    await page.getByRole('figure', { name: /^Weight/ }).waitFor();
  });

  test('its lines take the colours of another theme at once', async () => {
    const page = await at().open('services/portal', { theme: 'light' });
    await waitFor('a chart is drawn', async () => (await inkOf(page)) !== undefined);
    const light = await inkOf(page);
    await page.evaluate("document.documentElement.dataset.theme = 'dark'");
    await waitFor('it is drawn in other colours', async () => ![light, undefined].includes(await inkOf(page)));
  });

  test('of a service that is not there it says so', async () => {
    const page = await at().open('services/nowhere');
    await page.getByText('there is no such service').waitFor();
  });

  test('has no barriers, wide and narrow, in each theme', async () => {
    const page = await at().open('services/portal');
    await page.getByRole('figure', { name: /^Requests/ }).waitFor();
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'service');
    await page.setViewportSize({ width: 320, height: 640 });
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'service-narrow');
  });
}

/** The colour that most of the first chart is drawn in, that of its grid; undefined while nothing is. */
const inkOf = (page: Page): Promise<string | undefined> =>
  page.evaluate<string | undefined>(`(() => {
    const canvas = document.querySelector('.chart-lines canvas');
    if (canvas === null) return undefined;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const counts = new Map();
    for (let at = 0; at < data.length; at += 4) {
      const colour = data.slice(at, at + 3).join(' ');
      if (data[at + 3] === 255) counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    return [...counts].toSorted(([, one], [, other]) => other - one)[0]?.[0];
  })()`);
