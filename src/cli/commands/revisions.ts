import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

import type { Answer, routes } from '#api/contract';
import type { Result } from '#lib';
import { ok } from '#lib';

import { call, refuse, type Refusal } from '../client.ts';
import { oneLine, paint, type Paint, type Row, table } from '../paint.ts';
import { onTheClock } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';

type Revision = Answer<(typeof routes)['revision']>;

/** `vagus revisions`: who changed what, when, how and why; the newest first. */
export async function revisions(
  world: World,
  options: Target & { readonly limit: number; readonly json?: boolean },
): Promise<number> {
  const known = await call(world, options, 'revisions', { query: { limit: options.limit } });
  if (!known.ok) return refuse(world, known.error);
  if (options.json) world.print(JSON.stringify(known.value, undefined, 2));
  else if (known.value.length === 0) world.print('no revisions');
  else {
    const style = paint(world.colour);
    const rows = known.value.map((revision) => rowOf(revision, world.now(), style));
    world.print(table(style, ['revision', 'when', 'who', 'from', 'how', 'state', 'why'], rows));
  }
  return EXIT.done;
}

function rowOf(revision: Revision, now: number, style: Paint): Row {
  const { number, at, by, origin, how = '', why = '', state, current } = revision;
  const isGone = state === 'failed' || state === 'undone';
  return {
    cells: [String(number), onTheClock(at, now), by, origin, how, stateInWords(revision, now), why],
    style: current ? style.good : isGone ? style.bad : style.faint,
  };
}

function stateInWords({ state, current, confirmBy, reason }: Revision, now: number): string {
  const because = reason === undefined ? '' : `: ${reason}`;
  const until = confirmBy === undefined ? '' : ` until ${onTheClock(confirmBy, now)}`;
  const words = {
    applying: 'being applied',
    watching: 'current, being watched',
    unconfirmed: `current${until}, unless confirmed`,
    applied: `current${because}`,
    failed: `failed${because}`,
    undone: `taken back${because}`,
  };
  return current || state === 'failed' || state === 'undone' || state === 'applying' ? words[state] : 'replaced';
}

/** `vagus confirm`: keeps the revision that waits for it. */
export async function confirm(world: World, options: Target & { readonly why?: string }): Promise<number> {
  const confirmed = await call(world, options, 'confirm', { query: { why: options.why } });
  if (!confirmed.ok) return refuse(world, confirmed.error);
  world.print(`revision ${confirmed.value.number} is kept`);
  return EXIT.done;
}

/** How long comparing may take, ms: two texts that have nothing in common take longest, and say least. */
const PATIENCE = 10_000;

/** `vagus diff A B`: two specs beside each other; each a revision's number, `running`, or a file. */
export async function diff(world: World, from: string, to: string, target: Target): Promise<number> {
  const [before, after] = [await textOf(world, target, from), await textOf(world, target, to)];
  for (const text of [before, after]) if (!text.ok) return refuse(world, text.error);
  if (!before.ok || !after.ok) return EXIT.wrong;
  if (before.value === after.value) {
    world.print(`no difference between ${nameOf(from)} and ${nameOf(to)}`);
    return EXIT.done;
  }
  const patch = createTwoFilesPatch(nameOf(from), nameOf(to), before.value, after.value, undefined, undefined, {
    context: 3,
    timeout: PATIENCE,
    headerOptions: FILE_HEADERS_ONLY,
  });
  if (patch === undefined) {
    world.complain(`${nameOf(from)} and ${nameOf(to)} have too little in common to be compared line by line`);
    return EXIT.wrong;
  }
  const style = paint(world.colour);
  world.print(
    patch
      .trimEnd()
      .split('\n')
      .map((line) => styleOf(line, style)(oneLine(line)))
      .join('\n'),
  );
  return EXIT.done;
}

const isNumber = (name: string): boolean => /^[1-9]\d{0,8}$/.test(name);

const nameOf = (name: string): string => (isNumber(name) ? `revision ${name}` : name);

async function textOf(world: World, target: Target, name: string): Promise<Result<string, Refusal>> {
  if (name === 'running') return call(world, target, 'spec');
  if (isNumber(name)) return call(world, target, 'revisionSpec', { params: { revision: Number(name) } });
  const text = world.readText(name);
  if (text.ok) return ok(text.value);
  const { code, message } = text.error;
  const hint = `${message} (A and B are each a revision’s number, the word running, or a file)`;
  return { ok: false, error: { exit: EXIT.wrong, code, message: hint, problems: [] } };
}

function styleOf(line: string, style: Paint): (text: string) => string {
  if (line.startsWith('+++') || line.startsWith('---')) return style.strong;
  if (line.startsWith('+')) return style.good;
  if (line.startsWith('-')) return style.bad;
  return line.startsWith('@@') ? style.faint : String;
}
