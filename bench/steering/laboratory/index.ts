import { messageOf } from '#lib';
import { run, summary } from '#steer';

import { haproxy } from '../../vagus.ts';
import { lawful } from '../simulate/policies.ts';
import { readArguments, USAGE, type Wish, type Work } from './arguments.ts';
import { numbersOf } from './numbers.ts';
import { closeAll, type Passed, pass } from './pass.ts';
import { draw } from './pictures.ts';
import { addUp, type Cell, keeper } from './results.ts';
import { tables } from './tables.ts';

// The laboratory: steering on real HAProxy, beside leastconn and beside an oracle that knows the script. See bench/README.md.

async function main(): Promise<void> {
  const wish = readArguments(process.argv.slice(2));
  if (wish === undefined) return console.log(USAGE);
  const cells = wish.results.length > 0 ? addUp(wish.results) : await measure(wish);
  console.log(tables(cells));
  if (wish.pictures !== undefined) draw(wish.pictures, cells);
}

async function measure({ work, atOnce, keep: directory }: Wish): Promise<readonly Cell[]> {
  const versions = { haproxy: (await haproxy()).number, node: process.version };
  console.log(`HAProxy ${versions.haproxy}, Node ${versions.node}: ${work.length} passes, ${atOnce} at a time`);
  const begun = Date.now();
  const { file, keep } = keeper(directory, begun, versions);
  const cells: Cell[] = [];
  const queue = [...work];
  let refused = 0;

  async function worker(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const passed = await attempt(next);
      if (!passed) {
        if ((refused += 1) > work.length) throw new Error('this machine is too busy to measure');
        queue.push(next);
        continue;
      }
      cells.push(cellOf(next, passed));
      keep(cells);
      tell(next);
    }
  }

  function tell(done: Work): void {
    const { p50, p99, failed } = cells.at(-1)!.numbers;
    const left = ((Date.now() - begun) / cells.length) * (work.length - cells.length);
    const figures = `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, ${failed} failed`;
    console.log(`${cells.length}/${work.length}  ${nameOf(done)}: ${figures}  (${Math.ceil(left / 60_000)} min left)`);
  }

  await Promise.all(Array.from({ length: atOnce }, worker));
  console.log(`\nall of it is in ${file}`);
  return cells;
}

/** One that the machine was too busy for is done again. */
async function attempt(work: Work): Promise<Passed | undefined> {
  const { scenario, load, seed, policy } = work;
  try {
    return await pass(scenario.model(load, seed), policy, scenario.upset);
  } catch (thrown) {
    console.log(`not counted, to be done again: ${nameOf(work)}: ${messageOf(thrown)}`);
    return undefined;
  }
}

function cellOf({ scenario, load, seed, policy }: Work, { asked, watched }: Passed): Cell {
  const model = scenario.model(load, seed);
  const classes = Object.fromEntries((model.classes ?? []).map(({ name }) => [name, numbersOf(asked, name)]));
  const isPredicted = scenario.upset === undefined && policy !== 'oracle';
  const predicted = isPredicted ? summary(run(model, policy === 'on' ? lawful(100) : undefined)) : undefined;
  const isShown = policy === 'on' && (seed === 1 || scenario.kind === 'fault' || scenario.kind === 'harm');
  return {
    scenario: scenario.name,
    load,
    seed,
    policy,
    numbers: numbersOf(asked),
    classes,
    watched: isShown ? watched : undefined,
    simulated: predicted && { p50: predicted.p50, p99: predicted.p99, failed: predicted.failed },
  };
}

const nameOf = ({ scenario, load, seed, policy }: Work): string => `${scenario.name}, ${load}, seed ${seed}, ${policy}`;

const interrupted = (): void => void closeAll().then(() => process.exit(130));
process.once('SIGINT', interrupted).once('SIGTERM', interrupted);

try {
  await main();
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}
