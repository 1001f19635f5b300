import { parseArgs } from 'node:util';

import { messageOf } from '#lib';

import { compileSuite } from './compile.ts';
import { consoleSuite } from './console.ts';
import { dicomSuite } from './dicom.ts';
import { handshakesSuite } from './handshakes.ts';
import { hl7Suite } from './hl7.ts';
import { httpSuite } from './http.ts';
import { operateSuite } from './operate.ts';
import { type Figure, keepResults, markdown, table } from './report.ts';
import { openRig } from './rig.ts';
import { steerSuite } from './steering/cost.ts';
import type { Suite } from './suite.ts';
import { haproxy } from './vagus.ts';

const SUITES: readonly Suite[] = [
  compileSuite,
  httpSuite,
  dicomSuite,
  hl7Suite,
  handshakesSuite,
  operateSuite,
  steerSuite,
  consoleSuite,
];

const USAGE = `usage: node bench/index.ts [${SUITES.map(({ name }) => name).join('|')}|all] [--rounds N] [--quick]`;

/** Enough to see that it works, too few to believe the figures. */
const QUICK_ROUNDS = 3;

async function main(): Promise<void> {
  const { suites, rounds } = readArguments();
  const versions = { haproxy: (await haproxy()).number, node: process.version };
  console.log(`HAProxy ${versions.haproxy}, Node ${versions.node}`);
  const figures: Figure[] = [];
  for (const suite of suites) {
    const rig = openRig();
    const interrupted = () => void rig.close().then(() => process.exit(130));
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    try {
      const say = (text: string) => console.log(`  ${suite.name}: ${text}`);
      const found = await suite.measure(rig, { rounds: rounds ?? suite.rounds, say });
      say(`all samples are in ${keepResults(suite.name, found, versions)}`);
      figures.push(...found.figures);
    } finally {
      await rig.close();
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    }
  }
  console.log(`\n${table(figures)}\n\nFor a page:\n\n${markdown(figures)}`);
}

type Arguments = { readonly suites: readonly Suite[]; readonly rounds: number | undefined };

function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: 'string' }, quick: { type: 'boolean', default: false } },
  });
  const [wanted = 'all', ...more] = positionals;
  const suites = SUITES.filter(({ name }) => wanted === 'all' || name === wanted);
  const rounds = values.rounds === undefined ? (values.quick ? QUICK_ROUNDS : undefined) : Number(values.rounds);
  const isCount = rounds === undefined || (Number.isInteger(rounds) && rounds > 0);
  if (suites.length === 0 || more.length > 0 || !isCount) throw new Error(USAGE);
  return { suites, rounds };
}

// A reader that has gone (`node bench/index.ts | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  await main();
} catch (thrown) {
  console.error(messageOf(thrown));
  process.exitCode = 1;
}
