import type { Page } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';

import { waitFor } from '../support/wait.ts';
import { barriers, type Desk, picture, sideways } from './desk.ts';

/** What the console promises: so soon after it is opened it shows what is wrong, ms. */
const SOON = 5_000;

export function overview(at: () => Desk): void {
  afterAll(() => {
    at().demo('heal');
    at().vagus('server', 'ready', 'fhir/fhir2');
  });

  const isIn = (label: string, state: string): boolean => {
    const { services } = JSON.parse(at().vagus('status', '--json')) as Status;
    const servers = services.flatMap(({ pools }) => pools.flatMap((pool) => pool.servers));
    return servers.some((server) => server.label === label && server.state === state);
  };

  test('shows every service by what it is to a hospital, and where its traffic goes', async () => {
    const page = await at().open('');
    await page.getByRole('heading', { level: 1, name: 'st-elsewhere' }).waitFor();
    const rows = page.getByRole('table', { name: 'Services' }).getByRole('row');
    await rows.filter({ hasText: 'HL7 messages' }).waitFor();
    for (const name of ['portal', 'fhir', 'pacs', 'adt']) await rows.filter({ hasText: name }).first().waitFor();
    const flow = page.getByRole('group', { name: 'Traffic from clients to servers' });
    // Two answers are needed to know how much there was between them.
    await page.getByRole('region', { name: 'Nothing is wrong' }).waitFor();
    await waitFor('traffic flows', async () => /ehr[12]\s*\d[\d.]*\/s/.test((await flow.textContent()) ?? ''));
  });

  test('says soon what is wrong, why, and what that means; broken ways look broken', async () => {
    at().demo('kill', 'pacs1');
    at().vagus('server', 'maint', 'fhir/fhir2', '--reason', 'new disk', '--force');
    await waitFor('pacs1 is down', () => isIn('pacs/pacs1', 'down'));
    const page = await at().open('');
    const problems = page.getByRole('region', { name: 'to know' });
    await problems.getByText('Port closed').waitFor({ timeout: SOON });
    const text = await problems.innerText();
    expect(text).toMatch(/Down\s+pacs\/pacs1/);
    expect(text).toContain('pacs2 carries its work');
    expect(text).toMatch(/Maintenance\s+fhir\/fhir2/);
    expect(text).toContain('new disk');
    expect(text.indexOf('pacs/pacs1')).toBeLessThan(text.indexOf('fhir/fhir2'));
    const closed = page.locator('.flow-way[data-way="closed"]');
    expect(await closed.count()).toBe(2);
    expect(await styleOf(page, '.flow-way[data-way="closed"]', 'strokeDasharray')).not.toBe('none');
  });

  test.each(['light', 'dark', 'contrast'] as const)('has no barriers, wide and narrow, %s', async (theme) => {
    const page = await at().open('', { theme });
    await page.getByText('Port closed').waitFor();
    expect(await barriers(page)).toEqual([]);
    await picture(page, `overview-${theme}`);
    await page.setViewportSize({ width: 320, height: 640 });
    await waitFor('nothing stands out sideways', async () => (await sideways(page)) === 0);
    if (theme === 'light') expect(await barriers(page)).toEqual([]);
    await picture(page, `overview-${theme}-narrow`);
  });

  test('what happens is shown at once, without a question of the reader', async () => {
    const page = await at().open('');
    const problem = page.getByRole('link', { name: 'pacs/pacs1' });
    await problem.waitFor();
    at().demo('heal', 'pacs1');
    await problem.waitFor({ state: 'detached' });
  });

  test('numbers that are old are greyed, and said to be old', async () => {
    const page = await at().open('');
    await page.getByText('Live', { exact: true }).waitFor();
    await page.route('**/api/v1/services', (route) => route.abort());
    await page.getByText(/No news for \d+ s/).waitFor({ timeout: 15_000 });
    expect(await styleOf(page, 'main', 'filter')).toContain('grayscale');
    await picture(page, 'overview-stale');
    await page.unroute('**/api/v1/services');
    await page.getByText('Live', { exact: true }).waitFor();
  });

  test('500 services: only what is seen is drawn, and one is found by name and opened with the keyboard', async () => {
    const page = await at().open('services');
    await page.getByRole('heading', { level: 1 }).waitFor();
    await multiply(page, 500);
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('portal-0').first().waitFor();
    const rows = page.getByRole('table', { name: 'Services' }).getByRole('row');
    expect(await rows.count()).toBeLessThan(60);
    expect(await page.getByRole('table', { name: 'Services' }).getAttribute('aria-rowcount')).toBe('505');
    await page.getByLabel('Search').focus();
    await page.keyboard.type('portal-395');
    await page.getByText('1 of 500 services').waitFor();
    expect(await rows.count()).toBe(3);
    for (let step = 0; step < 6 && !(await isFocused(page, 'portal-395')); step += 1) await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await waitFor('the service is opened', () => page.url().endsWith('#/services/portal-395'));
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
}

type Status = {
  readonly services: readonly {
    readonly pools: readonly { readonly servers: readonly { readonly label: string; readonly state: string }[] }[];
  }[];
};

const styleOf = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`);

const isFocused = (page: Page, text: string): Promise<boolean> =>
  page.evaluate<boolean>(`document.activeElement?.textContent === ${JSON.stringify(text)}`);

type Answer = { readonly services: readonly { readonly name: string }[] };

/** From now on the page is told of so many services, made of those that there are. */
async function multiply(page: Page, count: number): Promise<void> {
  await page.route('**/api/v1/services', async (route) => {
    const answer = (await (await route.fetch()).json()) as Answer;
    const { services } = answer;
    const many = Array.from({ length: count }, (_, index) => {
      const service = services[index % services.length];
      return { ...service, name: `${service?.name}-${index}` };
    });
    await route.fulfill({ json: { ...answer, services: many } });
  });
}
