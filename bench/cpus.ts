import { readdirSync, readFileSync } from 'node:fs';

/** Which processors are whose, as `taskset` wants them. */
export type Share = { readonly proxy: string; readonly others: string };

/**
 * One processor for the proxy alone, as long as there are two, and all others for load and servers. A proxy that has one
 * processor runs one thread or worker, whichever proxy it is, and is what limits the work.
 */
export function shareProcessors(): Share {
  const [first = 0, ...rest] = allowedProcessors();
  return { proxy: String(first), others: (rest.length === 0 ? [first] : rest).join(',') };
}

/** What this process may run on: `Cpus_allowed_list: 0-2,4`. */
function allowedProcessors(): readonly number[] {
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}

/**
 * The processor time that a process and all below it have used, in seconds. From `schedstat`, which counts nanoseconds: the
 * hundredths of a second in `stat` would be one per cent of a short round.
 */
export function cpuSeconds(pid: number): number {
  const parents = new Map(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => [Number(name), parentOf(name)]),
  );
  const below = (parent: number): readonly number[] =>
    [...parents.keys()].filter((child) => parents.get(child) === parent);
  const nanoseconds = (root: number): number =>
    nanosecondsOf(root) + below(root).reduce((sum, child) => sum + nanoseconds(child), 0);
  return nanoseconds(pid) / 1e9;
}

/** The same of a process alone. */
export const ownCpuSeconds = (pid: number): number => nanosecondsOf(pid) / 1e9;

/** The name, in parentheses, may hold anything; the state and the parent follow. */
const parentOf = (pid: string): number =>
  Number(
    textOf(`/proc/${pid}/stat`)
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );

/** One line for each thread, its first number the time on a processor. */
const nanosecondsOf = (pid: number): number =>
  threadsOf(pid).reduce(
    (sum, thread) => sum + Number(textOf(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0]),
    0,
  );

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

/** Empty for a process that has ended meanwhile. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
