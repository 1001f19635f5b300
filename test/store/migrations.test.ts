import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';

import { migrations } from '../../src/store/schema.ts';

/** What each migration said when it was released. A line is added with a migration and never changed. */
const RELEASED: readonly string[] = ['728ab803aaa46348', '4a518196b8a86484'];

test('a migration is never edited', () => {
  const digests = migrations.map((sql) => createHash('sha256').update(sql).digest('hex').slice(0, 16));
  expect(digests).toEqual(RELEASED);
});
