import type { Locator, Page } from 'playwright-core';

/** No page has more places that a keyboard stops at, on the way from one to another. */
const MOST_STOPS = 40;

/** Goes to something with the Tab key alone. */
export async function reach(page: Page, goal: Locator): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop += 1) {
    if ((await goal.and(page.locator(':focus')).count()) > 0) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${String(goal)}`);
}
