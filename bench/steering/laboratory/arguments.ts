import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { Policy } from './pass.ts';
import { type Scenario, scenarios } from './scenarios.ts';

export const USAGE = `usage: node bench/steering/laboratory/index.ts [SCENARIO…] [OPTION…]
       node bench/steering/laboratory/index.ts --results FILE…

Measures steering on real HAProxy, beside leastconn. A SCENARIO is a part of a name, or a kind: speed, fault, overload, harm.
All of them take hours; what was measured is kept after every pass, so that it may be cut short.

  --policies A,B     leastconn, on, oracle, again (leastconn once more)   [leastconn,on]
  --seeds N          from 1 to N                                          [5]
  --loads A,B        of what the pool can do                              [each scenario's]
  --at-once N        passes at a time; on two processors 1 is clean       [1]
  --quick            one seed, 0.7 of capacity, a few seconds: to see that it works
  --keep DIRECTORY   for results                                          [bench/results]
  --results          measures nothing: adds up the files of earlier runs
  --pictures DIR     draws what was found: steering.svg, steering-over-time.svg
  --help

Scenarios: ${scenarios.map(({ name, kind }) => `\n  ${kind.padEnd(8)}  ${name}`).join('')}`;

export type Work = {
  readonly scenario: Scenario;
  readonly load: number;
  readonly seed: number;
  readonly policy: Policy;
};

export type Wish = {
  readonly work: readonly Work[];
  readonly atOnce: number;
  readonly keep: string;
  /** Files of earlier runs: then nothing is measured. */
  readonly results: readonly string[];
  readonly pictures: string | undefined;
};

/** What the command line asks for: undefined for help; the usage, as an error, where it makes no sense. */
export function readArguments(argv: readonly string[]): Wish | undefined {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      policies: { type: 'string', default: 'leastconn,on' },
      seeds: { type: 'string', default: '5' },
      loads: { type: 'string' },
      'at-once': { type: 'string', default: '1' },
      quick: { type: 'boolean', default: false },
      keep: { type: 'string', default: resolve('bench/results') },
      results: { type: 'boolean', default: false },
      pictures: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const wanted = values.results ? [] : scenarios.filter(isNamed(positionals)).map(values.quick ? brief : asItIs);
  const loads = values.quick ? [0.7] : values.loads?.split(',').map(Number);
  const policies = values.policies.split(',').filter(isPolicy);
  const seeds = values.quick ? 1 : Number(values.seeds);
  // Policies take turns within a seed, so that whatever the machine does meanwhile hits all of them.
  const work = Array.from({ length: seeds }, (_, index) => index + 1).flatMap((seed) =>
    wanted.flatMap((scenario) =>
      scenario.loads
        .filter((load) => loads === undefined || loads.includes(load))
        .flatMap((load) => policies.map((policy) => ({ scenario, load, seed, policy }))),
    ),
  );
  const atOnce = Number(values['at-once']);
  const isSense = values.results ? positionals.length > 0 : work.length > 0 && atOnce >= 1;
  if (!isSense) throw new Error(USAGE);
  const results = values.results ? positionals : [];
  return { work, atOnce, keep: values.keep, results, pictures: values.pictures };
}

const isNamed =
  (words: readonly string[]) =>
  ({ name, kind }: Scenario): boolean =>
    words.length === 0 ||
    words.some((word) => kind === word || name === word || (!isName(word) && name.includes(word)));

const isName = (word: string): boolean => scenarios.some(({ name }) => name === word);

const isPolicy = (name: string): name is Policy => ['leastconn', 'on', 'oracle', 'again'].includes(name);

const asItIs = (scenario: Scenario): Scenario => scenario;

/** Where something befalls it half-way, it takes its time. */
const brief = (scenario: Scenario): Scenario => ({
  ...scenario,
  model: (load, seed) => {
    const model = scenario.model(load, seed);
    return scenario.upset ? model : { ...model, duration: 12_000, warmUp: 4_000 };
  },
});
