import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';

import { sql as attempts } from '../../src/store/attempts.ts';
import { listSql, sql as audit } from '../../src/store/audit.ts';
import { sql as events } from '../../src/store/events.ts';
import { sql as history } from '../../src/store/history.ts';
import { sql as overrides } from '../../src/store/overrides.ts';
import { sql as peaks } from '../../src/store/peaks.ts';
import { sql as reloads } from '../../src/store/reloads.ts';
import { sql as revisions } from '../../src/store/revisions.ts';
import { migrations } from '../../src/store/schema.ts';
import { sql as sessions } from '../../src/store/sessions.ts';
import { sql as setupLink } from '../../src/store/setup-link.ts';
import { sql as tokens } from '../../src/store/tokens.ts';
import { sql as users } from '../../src/store/users.ts';
import { sql as verify } from '../../src/store/verify.ts';
import { sql as windows } from '../../src/store/windows.ts';

const database = new DatabaseSync(':memory:');
for (const migration of migrations) database.exec(migration);
afterAll(() => database.close());

const { byPerson, byAction, byNumber } = listSql;
const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  attempts,
  audit,
  'audit by person': byPerson,
  'audit by action': byAction,
  'audit by number': byNumber,
  events,
  history,
  overrides,
  peaks,
  reloads,
  revisions,
  sessions,
  setupLink,
  tokens,
  users,
  verify,
  windows,
};

const queries = Object.entries(tables).flatMap(([table, sqls]) =>
  Object.entries(sqls).map(([name, text]) => [`${table}: ${name}`, text] as const),
);

/** Indexes that hold nothing but the rows asked for. */
const ONLY_THOSE = /USING INDEX (reloads_open|revisions_applying)$/;

/** Done once for many revisions, on a table that it keeps small. */
const SELDOM = 'revisions: prune';

/** What is asked for as a whole, or is bounded by a limit and read in the order of its key. */
const WHOLE: ReadonlySet<string> = new Set([
  'overrides: list',
  'users: list',
  'tokens: list',
  'sessions: list',
  'windows: list',
  'events: last',
  'verify: walk',
  'verify: head',
]);

const plan = (text: string): readonly string[] =>
  database
    .prepare(`EXPLAIN QUERY PLAN ${text}`)
    .all()
    .map(({ detail }) => String(detail));

test.each(queries.filter(([name]) => !WHOLE.has(name) && name !== SELDOM))(
  '%s looks at no row in vain, and sorts none',
  (_, text) => {
    expect(
      plan(text).filter((step) => /^SCAN (?!chain|CONSTANT)|TEMP B-TREE/.test(step) && !ONLY_THOSE.test(step)),
    ).toEqual([]);
  },
);

test.each([...WHOLE])('%s needs no sorting', (name) => {
  const text = queries.find(([known]) => known === name)?.[1] ?? '';
  const sorts = plan(text).filter((step) => /TEMP B-TREE FOR ORDER/.test(step));
  expect(sorts).toEqual([]);
});
