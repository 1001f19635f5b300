import type { Page } from 'playwright-core';
import { expect } from 'vitest';

import { barriers, picture, sideways } from './desk.ts';

/** A page as it is now has no barriers in any theme, nor on a phone, where nothing has to be moved sideways. */
export async function looksRight(page: Page, name: string): Promise<void> {
  for (const theme of ['dark', 'contrast', 'light']) {
    await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`);
    expect(await barriers(page), theme).toEqual([]);
    await picture(page, `${name}-${theme}`);
  }
  await page.setViewportSize({ width: 320, height: 640 });
  expect(await barriers(page), 'narrow').toEqual([]);
  expect(await sideways(page)).toBe(0);
  await picture(page, `${name}-narrow`);
}
