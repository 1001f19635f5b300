import { resolve } from 'node:path';

import { engineVersion, fromText, openState, prepare, type Prepared, proposal, readRecord, renderFor } from '#apply';

import { asTyped, call, refuse } from '../client.ts';
import { paint } from '../paint.ts';
import { effectOf, type ShownStep, stepsInWords } from '../steps.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { complainOf, count } from './check.ts';

export type PlanOptions = Target & { readonly artifact?: string; readonly json?: boolean };

/**
 * `vagus plan FILE`: what applying a spec would change, and whether HAProxy would take it. A controller that runs is
 * asked, since it knows what is in force; without one it is found out here.
 */
export async function plan(world: World, file: string, options: PlanOptions): Promise<number> {
  if (options.artifact !== undefined) return artifact(world, file, options.state, options.artifact);
  const text = world.readText(file);
  if (!text.ok) {
    world.complain(text.error.message);
    return EXIT.wrong;
  }
  const whole = resolve(file);
  const planned = await call(world, options, 'plan', { query: { file: whole }, body: text.value });
  if (planned.ok) {
    const { steps, warnings } = planned.value;
    return show(world, { steps, warnings: asTyped(warnings, file, whole) }, options.json);
  }
  const { error } = planned;
  if (error.code === 'system-nobody-there' && options.url === undefined)
    return planHere(world, text.value, file, options);
  const problems = asTyped(error.problems, file, whole);
  if (!options.json || problems.length === 0) return refuse(world, { ...error, problems });
  world.print(JSON.stringify({ accepted: false, problems }, undefined, 2));
  return refuse(world, { ...error, problems: [] });
}

async function planHere(world: World, text: string, file: string, options: PlanOptions): Promise<number> {
  const [state, version] = [openState(options.state), await engineVersion()];
  const record = state.ok ? readRecord(state.value) : state;
  if (!state.ok || !version.ok || !record.ok) {
    for (const result of [record, version]) if (!result.ok) world.complain(result.error.message);
    return EXIT.wrong;
  }
  const candidate = fromText(text, { file, origin: 'file' });
  const machine = { state: state.value, version: version.value };
  const proposed = candidate.ok ? await proposal(machine, record.value?.desired, candidate.value) : candidate;
  if (proposed.ok) return show(world, proposed.value, options.json);
  const { fault, problems } = proposed.error;
  if (options.json) world.print(JSON.stringify({ accepted: false, problems }, undefined, 2));
  else complainOf(world, problems);
  world.complain(fault.message);
  return EXIT.wrong;
}

type Planned = { readonly steps: readonly ShownStep[]; readonly warnings: Prepared['problems'] };

function show(world: World, { steps, warnings }: Planned, json: boolean | undefined): number {
  if (json) {
    world.print(JSON.stringify({ accepted: true, steps, warnings }, undefined, 2));
    return EXIT.done;
  }
  complainOf(world, warnings);
  if (steps.length === 0) world.print('Nothing would change.');
  else {
    const rows = stepsInWords(steps, paint(world.colour));
    world.print([`HAProxy: ${count(steps.length, 'difference')}`, ...rows, effectOf(steps)].join('\n'));
  }
  return EXIT.done;
}

function artifact(world: World, file: string, directory: string, name: string): number {
  const prepared = prepare(file);
  const state = openState(directory);
  if (!prepared.ok || !state.ok) {
    for (const result of [prepared, state]) if (!result.ok) world.complain(result.error.message);
    return EXIT.wrong;
  }
  const { desired, problems } = prepared.value;
  if (desired === undefined) {
    complainOf(world, problems);
    return EXIT.wrong;
  }
  const { files } = renderFor(state.value, desired);
  const content = files.get(name);
  if (content === undefined) {
    world.complain(`there is no artifact ${name}; there are: ${[...files.keys()].join(', ')}`);
    return EXIT.wrong;
  }
  world.print(String(content).trimEnd());
  return EXIT.done;
}
