import { test } from 'vitest';

import { type Desk, picture } from './desk.ts';

export function overview(at: () => Desk): void {
  test('shows the site', async () => {
    const page = await at().open('');
    await page.getByRole('heading', { level: 1, name: 'st-elsewhere' }).waitFor();
    await picture(page, 'overview');
  });
}
