import { engineVersion, openState, prepare, propose, renderFor } from '#apply';
import type { Step } from '#plan';

import { columns, paint } from '../paint.ts';
import { EXIT, type World } from '../world.ts';
import { complainOf, count } from './check.ts';

export type PlanOptions = { readonly state: string; readonly artifact?: string; readonly json?: boolean };

/** `vagus plan FILE`: what applying a spec would change, and whether HAProxy would take it. */
export async function plan(world: World, file: string, options: PlanOptions): Promise<number> {
  const prepared = prepare(file);
  const state = openState(options.state);
  if (!prepared.ok || !state.ok) {
    for (const result of [prepared, state]) if (!result.ok) world.complain(result.error.message);
    return EXIT.wrong;
  }
  if (options.artifact !== undefined && prepared.value.desired !== undefined) {
    const content = renderFor(state.value, prepared.value.desired).files.get(options.artifact);
    if (content === undefined) {
      const names = [...renderFor(state.value, prepared.value.desired).files.keys()].join(', ');
      world.complain(`there is no artifact ${options.artifact}; there are: ${names}`);
      return EXIT.wrong;
    }
    world.print(String(content).trimEnd());
    return EXIT.done;
  }
  const version = await engineVersion();
  if (!version.ok) {
    world.complain(version.error.message);
    return EXIT.wrong;
  }
  const proposed = await propose(state.value, version.value, prepared.value);
  if (!proposed.ok) {
    if (options.json) world.print(JSON.stringify({ accepted: false, problems: proposed.error.problems }, undefined, 2));
    else complainOf(world, proposed.error.problems);
    world.complain(proposed.error.fault.message);
    return EXIT.wrong;
  }
  const { steps, warnings } = proposed.value;
  if (options.json) {
    world.print(JSON.stringify({ accepted: true, steps, warnings }, undefined, 2));
    return EXIT.done;
  }
  complainOf(world, warnings);
  world.print(inWords(steps, world.colour));
  return EXIT.done;
}

const SIGN = { add: '+', remove: '-', change: '~' } as const;

const EFFECT: Record<Step['how'], string> = {
  start: 'HAProxy is not running for this site; it would be started.',
  reload: 'One hitless reload: no connection is dropped, and associations under way stay where they are.',
  live: 'Live, without a reload.',
};

function inWords(steps: readonly Step[], colour: boolean): string {
  if (steps.length === 0) return 'Nothing would change.';
  const style = { add: paint(colour).good, remove: paint(colour).bad, change: paint(colour).doubtful };
  const rows = columns(steps.map(({ change, subject, fields }) => [SIGN[change], subject, fields.join(', ')]));
  const lines = rows.map((row, index) => style[steps[index]?.change ?? 'change'](`  ${row}`));
  const effects = [...new Set(steps.map(({ how }) => EFFECT[how]))];
  return [`HAProxy: ${count(steps.length, 'difference')}`, ...lines, ...effects].join('\n');
}
