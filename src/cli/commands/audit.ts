import type { Answer, routes } from '#api/contract';
import { type Result, ok, parseDuration } from '#lib';

import { call, refuse, type Refusal } from '../client.ts';
import { paint, type Paint, type Row, table } from '../paint.ts';
import { onTheClock, readTime } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';

export type AuditOptions = Target & {
  /** A duration back from now, or a time. */
  readonly since: string;
  readonly by?: string;
  readonly limit: number;
  readonly json?: boolean;
};

type Entry = Answer<(typeof routes)['audit']>[number];

/** `vagus audit`: who did what, when, and how it ended; the newest last. */
export async function audit(world: World, options: AuditOptions): Promise<number> {
  const since = sinceWhen(options.since, world.now());
  if (since === undefined) {
    world.complain(`--since ${options.since} is neither a duration nor a time; write 7d or 2026-12-01`);
    return EXIT.usage;
  }
  const entries = await newest(world, options, since);
  if (!entries.ok) return refuse(world, entries.error);
  if (options.json) world.print(JSON.stringify(entries.value, undefined, 2));
  else if (entries.value.length === 0) world.print(`nothing since ${onTheClock(since, world.now())}`);
  else {
    const style = paint(world.colour);
    const rows = entries.value.map((entry) => rowOf(entry, world.now(), style));
    world.print(table(style, ['entry', 'when', 'who', 'what', 'on', 'outcome', 'detail'], rows));
  }
  return EXIT.done;
}

function sinceWhen(text: string, now: number): number | undefined {
  const length = parseDuration(text);
  if (length !== undefined) return now - length;
  // A time of day is one that was: `since 08:00` means this morning, or yesterday's.
  return /^\d{1,2}:\d{2}$/.test(text) ? readTime(text, now - 86_400_000) : readTime(text, now);
}

/** As many as one answer may hold. */
const PAGE = 1_000;

/** The newest entries, the oldest of them first. */
async function newest(world: World, options: AuditOptions, since: number): Promise<Result<readonly Entry[], Refusal>> {
  const entries: Entry[] = [];
  for (let before: number | undefined; ;) {
    const limit = Math.min(PAGE, options.limit - entries.length);
    const query = { first: 'newest', before, since, by: options.by, limit } as const;
    const page = await call(world, options, 'audit', { query });
    if (!page.ok) return page;
    entries.push(...page.value);
    if (page.value.length < limit || entries.length >= options.limit) return ok(entries.toReversed());
    before = entries.at(-1)?.number;
  }
}

function rowOf({ number, at, by, action, subject, outcome, detail }: Entry, now: number, style: Paint): Row {
  const details = Object.entries(detail).map(([name, value]) => `${name}: ${inWords(value)}`);
  return {
    cells: [String(number), onTheClock(at, now), by, action, subject, outcome, details.join(', ')],
    style: { done: String, refused: style.doubtful, failed: style.bad }[outcome],
  };
}

const inWords = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/** `vagus audit verify`: whether an entry was altered, removed or moved. */
export async function verifyAudit(world: World, options: Target & { readonly json?: boolean }): Promise<number> {
  const verdict = await call(world, options, 'auditVerify');
  if (!verdict.ok) return refuse(world, verdict.error);
  const { intact, entries, head, brokenAt, why } = verdict.value;
  const style = paint(world.colour);
  if (options.json) world.print(JSON.stringify(verdict.value, undefined, 2));
  else if (intact) {
    world.print(style.good(`intact: ${entries === 1 ? '1 entry' : `${entries} entries`}`));
    if (head !== undefined) world.print(`the last has the hash ${head}; note it elsewhere, and compare`);
  } else {
    const where = brokenAt === undefined ? '' : ` at entry ${brokenAt}`;
    world.complain(style.bad(`the audit is broken${where}${why === undefined ? '' : `: ${why}`}`));
    if (head !== undefined) world.complain(`the last entry has the hash ${head}`);
  }
  return intact ? EXIT.done : EXIT.wrong;
}

/** `vagus audit export`: the whole audit as JSON lines, to a file or to the standard output. */
export async function exportAudit(world: World, options: Target & { readonly out?: string }): Promise<number> {
  const exported = await call(world, options, 'auditExport');
  if (!exported.ok) return refuse(world, exported.error);
  if (options.out === undefined) {
    world.print(exported.value.trimEnd());
    return EXIT.done;
  }
  const written = world.writeText(options.out, exported.value);
  if (!written.ok) {
    world.complain(written.error.message);
    return EXIT.wrong;
  }
  const lines = exported.value.split('\n').filter((line) => line !== '').length;
  world.print(`${count(lines, 'line')} in ${options.out}`);
  return EXIT.done;
}
