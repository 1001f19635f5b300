import type { Page } from 'playwright-core';

import { barriers, sideways, type Theme } from './desk.ts';

const THEMES: readonly Theme[] = ['light', 'dark', 'contrast'];

/** What keeps somebody from using a page as it is now, in each theme: what axe finds, and a page wider than its window. */
export async function barriersInEachTheme(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const theme of THEMES) {
    await show(page, theme);
    const wide = await sideways(page);
    found.push(...(await barriers(page)).map((barrier) => `${theme}: ${barrier}`));
    if (wide > 0) found.push(`${theme}: ${wide} px too wide`);
  }
  await show(page, 'light');
  return found;
}

const show = (page: Page, theme: Theme): Promise<unknown> =>
  page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
