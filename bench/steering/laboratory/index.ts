import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { run, summary } from '#steer';

import { haproxy } from '../../vagus.ts';
import { lawful } from '../simulate/policies.ts';
import { type Numbers, numbersOf } from './numbers.ts';
import { type Passed, pass, type Policy } from './pass.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { tables } from './tables.ts';
import type { Watched } from './watch.ts';

// The laboratory: steering on real HAProxy, beside leastconn and beside an oracle that knows the script. See bench/README.md.

/** What one pass came to, and what the simulation says of the same. */
export type Cell = {
  readonly scenario: string;
  readonly load: number;
  readonly seed: number;
  readonly policy: Policy;
  readonly numbers: Numbers;
  /** By class, where there are several. */
  readonly classes: Readonly<Record<string, Numbers>>;
  /** Weights and limits over time, kept of a few passes. */
  readonly watched: Watched | undefined;
  readonly simulated: { readonly p50: number; readonly p99: number; readonly failed: number } | undefined;
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '5' },
    loads: { type: 'string' },
    policies: { type: 'string', default: 'leastconn,on,oracle' },
    'at-once': { type: 'string', default: String(Math.max(1, cpus().length)) },
    keep: { type: 'string', default: resolve('bench/results') },
  },
});

type Work = { readonly scenario: Scenario; readonly load: number; readonly seed: number; readonly policy: Policy };

const wanted = scenarios.filter(
  ({ name, kind }) => positionals.length === 0 || positionals.some((word) => kind === word || name.includes(word)),
);
const loads = values.loads?.split(',').map(Number);
const policies = values.policies.split(',') as Policy[];
// Policies take turns within a seed, so that whatever the machine does meanwhile hits all of them.
const work: Work[] = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1).flatMap((seed) =>
  wanted.flatMap((scenario) =>
    scenario.loads
      .filter((load) => loads === undefined || loads.includes(load))
      .flatMap((load) => policies.map((policy) => ({ scenario, load, seed, policy }))),
  ),
);

const cells: Cell[] = [];
const begun = Date.now();
const version = (await haproxy()).number;
console.log(`HAProxy ${version}, Node ${process.version}: ${work.length} passes, ${values['at-once']} at a time`);

mkdirSync(values.keep, { recursive: true });
const file = join(values.keep, `steering-${new Date(begun).toISOString().replaceAll(/[:.]/g, '-')}.json`);

const queue = [...work];
let refused = 0;
await Promise.all(Array.from({ length: Number(values['at-once']) }, worker));
console.log(`\n${tables(cells)}\nall of it is in ${file}`);

async function worker(): Promise<void> {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const passed = await pass(next.scenario.model(next.load, next.seed), next.policy).catch((cause: unknown) => {
      console.log(
        `not counted, to be done again: ${next.scenario.name}, ${next.load}, seed ${next.seed}, ${next.policy}: ${String(cause)}`,
      );
    });
    if (!passed) {
      if ((refused += 1) > work.length / 4)
        throw new Error('a quarter of the passes were refused: this machine is too busy to measure');
      queue.push(next);
      continue;
    }
    cells.push(cellOf(next, passed));
    writeFileSync(file, JSON.stringify({ haproxy: version, node: process.version, cells }));
    tell(next);
  }
}

function cellOf({ scenario, load, seed, policy }: Work, { asked, watched }: Passed): Cell {
  const model = scenario.model(load, seed);
  const classes = Object.fromEntries((model.classes ?? []).map(({ name }) => [name, numbersOf(asked, name)]));
  const predicted = policy === 'oracle' ? undefined : summary(run(model, policy === 'on' ? lawful(100) : undefined));
  return {
    scenario: scenario.name,
    load,
    seed,
    policy,
    numbers: numbersOf(asked),
    classes,
    watched: policy === 'on' && (seed === 1 || scenario.kind === 'fault') ? watched : undefined,
    simulated: predicted && { p50: predicted.p50, p99: predicted.p99, failed: predicted.failed },
  };
}

function tell({ scenario, load, seed, policy }: Work): void {
  const { p50, p99, failed } = cells.at(-1)!.numbers;
  const left = Math.round(((Date.now() - begun) / cells.length) * (work.length - cells.length));
  const figures = `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${failed} failed`;
  console.log(
    `${cells.length}/${work.length}  ${scenario.name}, ${load}, seed ${seed}, ${policy}: ${figures}  (${Math.ceil(left / 60_000)} min left)`,
  );
}
