import { parseArgs } from 'node:util';

import { type Outcome, run, type Summary, summary } from '#steer';

import { type Contender, contenders, lawful, patient } from './policies.ts';
import { faults, overload, type Scenario, speeds } from './scenarios.ts';

// The tables of docs/steering.md: node bench/steering/simulate/index.ts [faults|overload|speeds] [--seeds 5]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '5' } },
});
const seeds = Array.from({ length: Number(values.seeds) }, (_, index) => index + 1);

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
const spread = (numbers: readonly number[]): string =>
  `${Math.min(...numbers).toFixed(2)}–${Math.max(...numbers).toFixed(2)}`;

const outcomeOf = ({ model }: Scenario, load: number, seed: number, { policy, chooser }: Partial<Contender>): Outcome =>
  run(model(load, seed), policy?.(), chooser);

function speedTable(scenario: Scenario): void {
  const { name, loads, target } = scenario;
  const base = loads.map((load) => seeds.map((seed) => summary(outcomeOf(scenario, load, seed, {}))));
  const ms = base.map(
    (all) => `${median(all.map(({ p50 }) => p50)).toFixed(0)} / ${median(all.map(({ p99 }) => p99)).toFixed(0)} ms`,
  );
  console.log(
    `\n| ${name} | ${loads.map((load) => `${load} of capacity`).join(' | ')} |\n|---|${loads.map(() => '---').join('|')}|`,
  );
  console.log(`| leastconn, p50 / p99 | ${ms.join(' | ')} |`);
  if (target) console.log(`| *target, p99 ÷* | ${target.map((each) => `*${each}*`).join(' | ')} |`);
  for (const contender of contenders) {
    const cells = loads.map((load, at) => {
      const found = seeds.map((seed) => summary(outcomeOf(scenario, load, seed, contender)));
      const over = (value: (one: Summary) => number): number[] =>
        found.map((one, index) => value(one) / value(base[at]![index]!));
      const p99 = over((one) => one.p99);
      return `${median(over((one) => one.p50)).toFixed(2)} / **${median(p99).toFixed(2)}** (${spread(p99)})`;
    });
    console.log(`| ${contender.name} | ${cells.join(' | ')} |`);
  }
}

function faultTable(): void {
  console.log(
    '\n| fault | load | errors: leastconn | law | oracle | law ÷ leastconn | p99 ÷ |\n|---|---|---|---|---|---|---|',
  );
  for (const scenario of faults) {
    for (const load of scenario.loads) {
      const [base, law, oracle] = [{}, { policy: () => lawful(100) }, { chooser: patient }].map((contender) =>
        seeds.map((seed) => summary(outcomeOf(scenario, load, seed, contender))),
      );
      const [was, is, least] = [base, law, oracle].map((all) => median(all!.map(({ failed }) => failed)));
      const p99 = median(law!.map((one, index) => one.p99 / base![index]!.p99));
      console.log(
        `| ${scenario.name} | ${load} | ${was} | ${is} | ${least} | **${(is! / was!).toFixed(2)}** | ${p99.toFixed(2)} |`,
      );
    }
  }
}

function overloadTable(): void {
  console.log(
    '\n| load | policy | stat p50 / p99, ms | routine p50 / p99, ms | answered | not answered |\n|---|---|---|---|---|---|',
  );
  for (const load of overload.loads) {
    for (const contender of [{ name: 'leastconn' }, { name: 'law', policy: () => lawful(100) }]) {
      const outcomes = seeds.map((seed) => outcomeOf(overload, load, seed, contender));
      const of = (kind: string | undefined, value: (one: Summary) => number): string =>
        median(outcomes.map((outcome) => value(summary(outcome, kind)))).toFixed(0);
      const times = (kind: string): string => `${of(kind, (one) => one.p50)} / ${of(kind, (one) => one.p99)}`;
      const answered = of(undefined, (one) => one.count - one.failed);
      console.log(
        `| ${load} | ${contender.name} | ${times('stat')} | ${times('routine')} | ${answered} | ${of(undefined, (one) => one.failed + one.open)} |`,
      );
    }
  }
}

const wanted = (table: string): boolean => positionals.length === 0 || positionals.includes(table);
if (wanted('faults')) faultTable();
if (wanted('overload')) overloadTable();
if (wanted('speeds')) for (const scenario of speeds) speedTable(scenario);
