import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';

import { barriersInEachTheme } from './barriers.ts';
import { type Desk, picture } from './desk.ts';

/** HAProxy itself reads each text; on a busy machine that takes a while, ms. */
const JUDGED = 30_000;

const PHONE = { width: 320, height: 640 } as const;
const DESK = { width: 1280, height: 800 } as const;

export function changes(at: () => Desk): void {
  /** The editor, with another way of spreading the FHIR servers' work written into it. */
  async function write(balance: string): Promise<Page> {
    const page = await at().open('changes/spec');
    await page.getByText('HAProxy accepts it').waitFor({ timeout: JUDGED });
    await page.locator('.cm-content').getByText('preset: fhir').click();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await page.keyboard.type(`balance: ${balance}`);
    return page;
  }

  async function apply(page: Page, why: string): Promise<void> {
    await page.getByText('HAProxy accepts it').waitFor({ timeout: JUDGED });
    await page.getByRole('button', { name: 'Apply…' }).click();
    await page.getByRole('alertdialog').getByLabel('Reason').fill(why);
    await page.getByRole('alertdialog').getByRole('button', { name: 'Apply' }).click();
  }

  test('a wrong spec is corrected by following its markers, and says then what it would change', async () => {
    const page = await write('lestconn');
    const problem = page.getByRole('listitem').filter({ hasText: 'leastconn' });
    await problem.waitFor();
    expect(await page.getByRole('button', { name: 'Apply…' }).isDisabled()).toBe(true);
    await page.setViewportSize(PHONE);
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'spec-problem');
    await page.setViewportSize(DESK);
    await problem.getByRole('button', { name: /Line \d+/ }).press('Enter');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Shift+End');
    await page.keyboard.type('round');
    await page.getByText('roundrobin').first().waitFor();
    await page.keyboard.press('Tab');
    await page.locator('.cm-content').focus();
    await page.keyboard.type('robin');
    await page.getByText('HAProxy accepts it').waitFor({ timeout: JUDGED });
    await page.getByRole('table', { name: 'What would change' }).getByRole('row').filter({ hasText: 'fhir' }).waitFor();
    await picture(page, 'spec-preview');

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('heading', { level: 1, name: 'st-elsewhere' }).waitFor();
    await page.goBack();
    await page.locator('.cm-content').getByText('roundrobin').waitFor();
  });

  test('what can be written is proposed with what it is for, and what the preset has for it', async () => {
    const page = await write('roundrobin');
    await page.keyboard.press('Enter');
    await page.keyboard.type('persist');
    await page.getByText(/Where nothing is said, fhir has none: REST keeps no session/).waitFor();
    await picture(page, 'spec-completion');
    await page.getByText('Presets and their reasons').click();
    await page.getByLabel('Kind of service').selectOption('dicom');
    await page.getByRole('button', { name: 'Insert a service of dicom' }).click();
    await page.keyboard.type('archive');
    await page.locator('.cm-content').getByText('archive:').waitFor();
    await picture(page, 'spec-presets');
  });

  test('a change that nobody keeps goes back, and the screen says so', async () => {
    const page = await write('roundrobin');
    // Nobody waits for two minutes in a test.
    await page.route('**/api/v1/spec?*', (route) =>
      route.continue({ url: route.request().url().replace('confirm=2m', 'confirm=6s') }),
    );
    await apply(page, 'an attempt');
    const waiting = page.getByRole('region', { name: 'A change that waits to be kept' });
    await waiting.getByRole('timer').waitFor();
    expect(await waiting.innerText()).toMatch(/0:0\d/);
    await page.getByText(/went back: nobody confirmed it in time/).waitFor({ timeout: JUDGED });
    await page.locator('.cm-content').getByText('roundrobin').waitFor({ state: 'detached' });
    await picture(page, 'spec-went-back');
  });

  test('a change is taken back at once, and found among the revisions with its difference', async () => {
    const page = await write('roundrobin');
    await apply(page, 'another attempt');
    await page.getByRole('button', { name: 'Keep it' }).waitFor();
    await picture(page, 'spec-unconfirmed');
    await page.getByRole('link', { name: 'All changes' }).click();
    const row = page.getByRole('row').filter({ hasText: 'another attempt' });
    await row.getByText('Waits to be kept').waitFor();
    await page.setViewportSize(PHONE);
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'changes');
    await page.getByRole('button', { name: 'Take it back now' }).press('Enter');
    await page.getByText(/went back: rolled back by night/).waitFor();
    await row.getByText('Taken back').waitFor();
    await row.getByRole('link').click();
    await page.getByText('+    balance: roundrobin').waitFor();
    expect(await barriersInEachTheme(page)).toEqual([]);
    await picture(page, 'revision');
    await page.getByRole('button', { name: 'Go back to it…' }).click();
    await page
      .getByRole('alertdialog', { name: /^Go back to revision \d+\?$/ })
      .getByText('+    balance: roundrobin')
      .waitFor();
  });
}
