import { spawnSync } from 'node:child_process';

/** What is checked without running the program, cheapest first. */
const CHECKS = {
  types: ['tsc', '--noEmit'],
  'types of the console': ['tsc', '--noEmit', '-p', 'console'],
  lint: ['oxlint', '--type-aware'],
  format: ['oxfmt', '--check'],
  'unused code': ['knip'],
} as const;

/** Runs every check, saying how each went, and shows what a failed one complains of. Returns the names of those that failed. */
export function check(): string[] {
  return Object.entries(CHECKS).flatMap(([name, [program, ...args]]) => {
    const start = performance.now();
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`${status === 0 ? '✓' : '✗'} ${name} (${seconds} s)`);
    if (status === 0) return [];
    console.log(error ? error.message : `${stdout}${stderr}`);
    return [name];
  });
}

if (import.meta.main) process.exitCode = check().length === 0 ? 0 : 1;
