import { prepare, type Prepared } from '#apply';
import { formatProblem, type Problem } from '#spec';

import { EXIT, type World } from '../world.ts';

/** `vagus check FILE`: every problem of a spec, each at its place. */
export function check(world: World, file: string, options: { readonly json?: boolean }): number {
  const prepared = prepare(file);
  if (!prepared.ok) {
    world.complain(prepared.error.message);
    return EXIT.wrong;
  }
  const { problems, desired } = prepared.value;
  if (options.json) world.print(JSON.stringify({ valid: desired !== undefined, problems }, undefined, 2));
  else {
    complainOf(world, problems);
    if (desired !== undefined) world.print(`${file}: valid, ${inWords(prepared.value)}`);
  }
  return desired === undefined ? EXIT.wrong : EXIT.done;
}

export function complainOf(world: Pick<World, 'complain'>, problems: readonly Problem[]): void {
  for (const problem of problems) world.complain(formatProblem(problem));
}

function inWords({ desired, problems }: Prepared): string {
  const servers = desired?.backends.reduce((sum, backend) => sum + backend.servers.length, 0) ?? 0;
  const warnings = problems.length === 0 ? '' : `, ${count(problems.length, 'warning')}`;
  return `${count(desired?.frontends.length ?? 0, 'service')} with ${count(servers, 'server')}${warnings}`;
}

export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
