import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './check.ts';
import { tally } from './tally.ts';
import type { Report } from './tally.ts';

// Everything that can be wrong is shown in one run: failed checks do not keep the tests from running.
const failedChecks = check();
const { report, succeeded } = runTests();
const { passed, failed } = tally(report, succeeded, failedChecks.length);
if (failedChecks.length > 0) console.log(`failed checks, each counted as one test: ${failedChecks.join(', ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function runTests(): { report: Report | undefined; succeeded: boolean } {
  const folder = mkdtempSync(join(tmpdir(), 'vagus-test-'));
  const file = join(folder, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const { status } = spawnSync('vitest', ['run', ...reporters], { stdio: ['ignore', 'inherit', 'inherit'] });
    return { report: readReport(file), succeeded: status === 0 };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Undefined where vitest ended before it wrote one. */
function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
}
