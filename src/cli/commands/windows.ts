import type { Answer, routes } from '#api/contract';
import { formatDuration, parseDuration } from '#lib';

import { call, refuse } from '../client.ts';
import { oneLine, paint, type Row, table } from '../paint.ts';
import { ago, onTheClock, readTime } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';

export type WindowOptions = {
  /** A time; now unless told. */
  readonly from?: string;
  readonly until?: string;
  /** A duration, instead of `until`. */
  readonly for?: string;
  readonly reason?: string;
  readonly force?: boolean;
};

type Window = Answer<(typeof routes)['windows']>[number];

/** Plans maintenance of servers by their labels: they drain when it begins and are ready when it ends. */
export async function planWindow(
  world: World,
  labels: readonly string[],
  options: Target & WindowOptions,
): Promise<number> {
  const times = timesOf(options, world.now());
  if (typeof times === 'string') {
    world.complain(times);
    return EXIT.usage;
  }
  const planned = await call(world, options, 'planWindow', {
    body: { servers: [...labels], ...times, why: options.reason, force: options.force ?? false },
  });
  if (!planned.ok) return refuse(world, planned.error);
  const { id, servers, from, until } = planned.value;
  const [begins, ends] = [onTheClock(from, world.now()), onTheClock(until, world.now())];
  world.print(oneLine(`window ${id}: ${servers.join(', ')}`));
  world.print(`drains from ${begins}, ready again at ${ends} (${formatDuration(until - from)})`);
  world.print(`to call it off: vagus windows cancel ${id}`);
  return EXIT.done;
}

/** From when until when, or what is wrong with how it was said. */
function timesOf(options: WindowOptions, now: number): { readonly from: number; readonly until: number } | string {
  const from = options.from === undefined ? now : readTime(options.from, now);
  if (from === undefined) return `--from ${options.from} is no time; write 22:00 or 2026-12-01T22:00`;
  if ((options.until === undefined) === (options.for === undefined)) {
    return 'say when the window ends: either --until TIME or --for DURATION';
  }
  const length = parseDuration(options.for ?? '');
  const until = options.until === undefined ? from + (length ?? 0) : readTime(options.until, from);
  if (until === undefined) return `--until ${options.until} is no time; write 06:00 or 2026-12-02T06:00`;
  return until > from ? { from, until } : 'the window ends before it begins';
}

/** `vagus windows`: maintenance that is planned, under way or over. */
export async function windows(world: World, options: Target & { readonly json?: boolean }): Promise<number> {
  const known = await call(world, options, 'windows');
  if (!known.ok) return refuse(world, known.error);
  if (options.json) world.print(JSON.stringify(known.value, undefined, 2));
  else if (known.value.length === 0) world.print('no maintenance windows');
  else {
    const rows = known.value.map((window) => windowRow(world, window));
    const headings = ['window', 'state', 'from', 'until', 'servers', 'who', 'why'];
    world.print(table(paint(world.colour), headings, rows));
  }
  return EXIT.done;
}

function windowRow(world: World, { id, servers, from, until, by, why = '', state }: Window): Row {
  const style = paint(world.colour);
  const [begins, ends] = [onTheClock(from, world.now()), onTheClock(until, world.now())];
  return {
    cells: [String(id), state, begins, ends, servers.join(', '), by, why],
    style: { planned: String, active: style.doubtful, ended: style.faint, cancelled: style.faint }[state],
  };
}

/** `vagus windows cancel ID`: calls a window off, or ends one that has begun. */
export async function cancelWindow(world: World, id: number, target: Target): Promise<number> {
  const cancelled = await call(world, target, 'cancelWindow', { params: { id } });
  if (!cancelled.ok) return refuse(world, cancelled.error);
  const ended = cancelled.value.state === 'ended' ? 'is over: its servers are ready' : 'is called off';
  world.print(`window ${cancelled.value.id} ${ended}`);
  return EXIT.done;
}

/** `vagus drains`: servers that drain or are in maintenance, since when, by whom, and what is still on them. */
export async function drains(world: World, options: Target & { readonly json?: boolean }): Promise<number> {
  const known = await call(world, options, 'drains');
  if (!known.ok) return refuse(world, known.error);
  if (options.json) world.print(JSON.stringify(known.value, undefined, 2));
  else if (known.value.length === 0) world.print('no server drains or is in maintenance');
  else {
    const now = world.now();
    const rows = known.value.map(({ label, state, left, unit, since, deadline, by, why = '', window }): Row => {
      const until = deadline === undefined ? '' : onTheClock(deadline, now);
      const planned = window === undefined ? '' : `window ${window}`;
      const still = left === 0 ? 'nothing' : count(left, unit);
      return { cells: [label, state, still, ago(since, now), until, by, planned, why] };
    });
    const headings = ['server', 'state', 'left', 'since', 'deadline', 'who', 'planned', 'why'];
    world.print(table(paint(world.colour), headings, rows));
  }
  return EXIT.done;
}
