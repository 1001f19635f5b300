import type { Cell } from './results.ts';
import { neutralAfter, outAndBack } from './moments.ts';
import { ratioOf } from './numbers.ts';
import type { Policy } from './pass.ts';
import { type Scenario, scenarios } from './scenarios.ts';

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** A dash where nothing was measured. */
const shown = (value: number, digits = 0): string => (Number.isNaN(value) ? '–' : value.toFixed(digits));

const NAMES: Readonly<Record<Policy, string>> = {
  leastconn: 'leastconn',
  on: 'steering: on',
  oracle: 'oracle',
  again: 'leastconn again',
};

/** All that was found, as tables for a page. */
export function tables(cells: readonly Cell[]): string {
  return scenarios
    .filter(({ name }) => cells.some((cell) => cell.scenario === name))
    .map((scenario) => {
      const { name, kind } = scenario;
      const mine = cells.filter((cell) => cell.scenario === name);
      if (kind === 'fault') return faultTable(scenario, mine);
      return kind === 'overload' ? classTable(name, mine) : speedTable(scenario, mine);
    })
    .join('\n');
}

const loadsOf = (cells: readonly Cell[]): readonly number[] =>
  [...new Set(cells.map(({ load }) => load))].toSorted((a, b) => a - b);
const policiesOf = (cells: readonly Cell[]): readonly Policy[] => [...new Set(cells.map(({ policy }) => policy))];

/** The ratios of a policy to leastconn, seed by seed. */
export function ratios(
  cells: readonly Cell[],
  policy: Policy,
  load: number,
  value: (cell: Cell) => number,
): readonly number[] {
  return cells
    .filter((cell) => cell.policy === policy && cell.load === load)
    .flatMap((cell) => {
      const base = cells.find((one) => one.policy === 'leastconn' && one.load === load && one.seed === cell.seed);
      return base ? [value(cell) / value(base)] : [];
    });
}

function speedTable({ name, loads: all, target, upset }: Scenario, cells: readonly Cell[]): string {
  const loads = loadsOf(cells);
  const of = (policy: Policy, load: number, value: (cell: Cell) => number): number =>
    median(cells.filter((cell) => cell.policy === policy && cell.load === load).map(value));
  const row = (label: string, cell: (load: number) => string): string =>
    `| ${label} | ${loads.map((load) => cell(load)).join(' | ')} |`;
  const times = (policy: Policy) => (load: number) =>
    `${shown(of(policy, load, ({ numbers }) => numbers.p50))} / ${shown(of(policy, load, ({ numbers }) => numbers.p95))} / ${shown(of(policy, load, ({ numbers }) => numbers.p99))} / ${shown(of(policy, load, ({ numbers }) => numbers.p999))} ms`;
  const compared = (policy: Policy) => (load: number) => {
    const p50 = ratioOf(ratios(cells, policy, load, ({ numbers }) => numbers.p50));
    const p99 = ratioOf(ratios(cells, policy, load, ({ numbers }) => numbers.p99));
    const interval = Number.isNaN(p99.from) ? 'one seed' : `${p99.from.toFixed(2)}–${p99.to.toFixed(2)}`;
    return `${shown(p50.is, 2)} / **${shown(p99.is, 2)}** (${interval})`;
  };
  const predicted = (policy: Policy) => (load: number) =>
    `${shown(of(policy, load, ({ simulated }) => simulated?.p50 ?? Number.NaN))} / ${shown(of(policy, load, ({ simulated }) => simulated?.p99 ?? Number.NaN))} ms`;
  const others = policiesOf(cells).filter((policy) => policy !== 'leastconn');
  return [
    `\n| ${name} | ${loads.map((load) => `${load} of capacity`).join(' | ')} |`,
    `|---|${loads.map(() => '---').join('|')}|`,
    row('leastconn, p50 / p95 / p99 / p99.9', times('leastconn')),
    ...others.map((policy) => row(`${NAMES[policy]}, p50 / p95 / p99 / p99.9`, times(policy))),
    ...(target ? [row('*target, p99 ÷*', (load) => `*${target[all.indexOf(load)] ?? ''}*`)] : []),
    ...others.map((policy) => row(`${NAMES[policy]} ÷ leastconn, p50 / **p99** (95 %)`, compared(policy))),
    ...(upset?.killed === undefined ? [] : [row('everything neutral after', neutral(cells, upset.killed))]),
    ...(upset ? [] : [row('simulated: leastconn, p50 / p99', predicted('leastconn'))]),
    ...(others.includes('on') && !upset ? [row('simulated: steering: on', predicted('on'))] : []),
  ].join('\n');
}

const neutral =
  (cells: readonly Cell[], killed: number) =>
  (load: number): string =>
    seconds(cells.flatMap((cell) => (cell.load === load && cell.watched ? [neutralAfter(cell.watched, killed)] : [])));

function faultTable({ name, model }: Scenario, cells: readonly Cell[]): string {
  const lines = loadsOf(cells).map((load) => {
    const mine = (policy: Policy) => cells.filter((cell) => cell.policy === policy && cell.load === load);
    const failed = (policy: Policy): number => median(mine(policy).map(({ numbers }) => numbers.failed));
    const p99 = ratioOf(ratios(cells, 'on', load, ({ numbers }) => numbers.p99));
    const seen = mine('on').flatMap(({ watched, seed }) => outAndBack(watched ?? [], model(load, seed)) ?? []);
    const moments =
      seen.length === 0
        ? '| |'
        : `| ${seconds(seen.map(({ out }) => out))} | ${seconds(seen.map(({ back }) => back))} |`;
    return `| ${load} | ${failed('leastconn')} | ${failed('on')} | **${(failed('on') / failed('leastconn')).toFixed(2)}** | ${p99.is.toFixed(2)} ${moments}`;
  });
  return [
    `\n| ${name} | errors: leastconn | steering: on | on ÷ leastconn | p99 ÷ | out after | back after |`,
    '|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

const seconds = (times: readonly number[]): string => `${shown(median(times) / 1000, 1)} s`;

function classTable(name: string, cells: readonly Cell[]): string {
  const lines = loadsOf(cells).flatMap((load) =>
    policiesOf(cells).map((policy) => {
      const mine = cells.filter((cell) => cell.policy === policy && cell.load === load);
      const of = (kind: string, value: (numbers: Cell['numbers']) => number): string =>
        median(mine.flatMap(({ classes }) => (classes[kind] ? [value(classes[kind])] : []))).toFixed(0);
      const times = (kind: string) => `${of(kind, (one) => one.p50)} / ${of(kind, (one) => one.p99)}`;
      const waits = (kind: string) => `${of(kind, (one) => one.waited.p50)} / ${of(kind, (one) => one.waited.p99)}`;
      const answered = median(mine.map(({ numbers }) => numbers.count - numbers.failed));
      const failed = median(mine.map(({ numbers }) => numbers.failed));
      return `| ${load} | ${NAMES[policy]} | ${times('stat')} | ${waits('stat')} | ${times('routine')} | ${waits('routine')} | ${answered} | ${failed} |`;
    }),
  );
  return [
    `\n| ${name} | | stat p50 / p99, ms | waited | routine p50 / p99 | waited | answered | not answered |`,
    '|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}
