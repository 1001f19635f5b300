import { resolve } from 'node:path';

import type { Answer, routes } from '#api/contract';

import { asTyped, call, refuse } from '../client.ts';
import { oneLine, paint } from '../paint.ts';
import { stepsInWords } from '../steps.ts';
import { onTheClock } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { complainOf, count } from './check.ts';

export type ChangeOptions = Target & {
  readonly why?: string;
  /** A duration. */
  readonly confirm?: string;
  readonly gate: boolean;
  readonly ifRevision?: number;
  readonly json?: boolean;
};

type Outcome = Answer<(typeof routes)['applySpec']>;

/** `vagus apply FILE`: puts a spec in force as a new revision, and stays until it is known whether it is kept. */
export async function apply(world: World, file: string, options: ChangeOptions): Promise<number> {
  const text = world.readText(file);
  if (!text.ok) {
    world.complain(text.error.message);
    return EXIT.wrong;
  }
  const whole = resolve(file);
  const applied = await call(world, options, 'applySpec', {
    query: { ...changeQuery(options), file: whole },
    body: text.value,
    ifMatch: options.ifRevision,
  });
  if (!applied.ok) return refuse(world, { ...applied.error, problems: asTyped(applied.error.problems, file, whole) });
  const warnings = asTyped(applied.value.warnings, file, whole);
  return tell(world, options, { ...applied.value, warnings });
}

/** `vagus rollback [REVISION]`: puts an earlier revision in force again; without a number the one before this. */
export async function rollback(world: World, wanted: number | undefined, options: ChangeOptions): Promise<number> {
  let [revision, ifMatch] = [wanted, options.ifRevision];
  if (revision === undefined) {
    const now = await call(world, options, 'controller');
    if (!now.ok) return refuse(world, now.error);
    const current = await call(world, options, 'revision', { params: { revision: now.value.revision } });
    if (!current.ok) return refuse(world, current.error);
    revision = current.value.parent;
    // Which one is meant follows from which one is in force: that has to be so still.
    ifMatch ??= now.value.revision;
    if (revision === undefined) {
      world.complain(`revision ${now.value.revision} is the first; there is none before it`);
      return EXIT.wrong;
    }
  }
  const query = changeQuery(options);
  const rolled = await call(world, options, 'rollback', { params: { revision }, query, ifMatch });
  if (!rolled.ok) return refuse(world, rolled.error);
  if (!options.json) world.print(`back to what revision ${revision} says:`);
  return tell(world, options, rolled.value);
}

const changeQuery = ({ why, confirm, gate }: ChangeOptions) => ({
  why,
  confirm,
  gate: gate ? undefined : ('off' as const),
});

const HOW: Readonly<Record<Exclude<Outcome['how'], 'nothing'>, string>> = {
  live: 'live, without a reload',
  reload: 'by one hitless reload',
  start: 'HAProxy was started with it',
  adopted: 'what ran already is what it asks for',
  none: 'HAProxy had to be told of nothing',
};

/** More steps than this are only counted: `vagus plan` shows all of them, before. */
const MOST_STEPS = 40;

async function tell(world: World, options: ChangeOptions, outcome: Outcome): Promise<number> {
  const { revision, how, steps, warnings, state } = outcome;
  if (options.json) {
    const watched = state === 'watching' ? await watchUntilKept(world, options, revision) : undefined;
    if (watched !== undefined && !watched.ok) return refuse(world, watched.error);
    const now = watched?.value;
    world.print(JSON.stringify({ ...outcome, state: now?.state ?? state, reason: now?.reason }, undefined, 2));
    return now?.state === 'undone' || now?.state === 'failed' ? EXIT.wrong : EXIT.done;
  }
  complainOf(world, warnings);
  if (how === 'nothing') world.print(`nothing would change: revision ${revision} has this very spec`);
  else {
    const style = paint(world.colour);
    const head = `revision ${style.strong(String(revision))} is in force: ${HOW[how]}`;
    const differences = steps.length === 0 ? '' : ` (${count(steps.length, 'difference')})`;
    world.print([`${head}${differences}`, ...stepsInWords(steps, style, MOST_STEPS)].join('\n'));
  }
  if (state === 'watching') return reportWatch(world, options, revision);
  if (state === 'unconfirmed') sayUntil(world, revision, outcome.confirmBy);
  return EXIT.done;
}

async function reportWatch(world: World, options: ChangeOptions, revision: number): Promise<number> {
  if (world.terminal) world.print('watching whether services suffer from it …');
  const watched = await watchUntilKept(world, options, revision);
  if (!watched.ok) return refuse(world, watched.error);
  const { state, reason, confirmBy } = watched.value;
  if (state === 'undone' || state === 'failed') {
    world.complain(`revision ${revision} was taken back: ${oneLine(reason ?? 'no reason is known')}`);
    return EXIT.wrong;
  }
  if (state === 'unconfirmed') sayUntil(world, revision, confirmBy);
  else world.print('kept: no service suffers from it');
  return EXIT.done;
}

/** How often to look whether the watch is over, ms. */
const LOOK = 500;

/** The revision as it is once it is neither being applied nor watched. */
async function watchUntilKept(world: World, target: Target, revision: number) {
  for (;;) {
    const now = await call(world, target, 'revision', { params: { revision } });
    if (!now.ok || (now.value.state !== 'watching' && now.value.state !== 'applying')) return now;
    await world.pause(LOOK);
  }
}

function sayUntil(world: World, revision: number, confirmBy: number | undefined): void {
  const until = confirmBy === undefined ? 'soon' : `at ${onTheClock(confirmBy, world.now())}`;
  world.print(
    paint(world.colour).doubtful(`revision ${revision} is taken back ${until} unless you say: vagus confirm`),
  );
}
