import type { Fault, Result } from '#lib';
import { ok } from '#lib';

import type { Layout } from './layout.ts';
import { command } from './socket.ts';

/** HAProxy's processes: one master, one worker that takes connections, and old ones that finish theirs. */
export type Processes = {
  readonly master: number;
  readonly worker: number | undefined;
  readonly oldWorkers: readonly { readonly pid: number; readonly uptime: string }[];
  /** How many reloads there were since the start. */
  readonly reloads: number;
  /** How many reloads have failed in a row. */
  readonly failedReloads: number;
};

/** Asks the master which processes there are. The error means that no HAProxy of ours runs. */
export async function processes(layout: Layout): Promise<Result<Processes, Fault>> {
  const answer = await command(layout.masterSocket, 'show proc', 2_000);
  return answer.ok ? ok(readProcesses(answer.value)) : answer;
}

/** Pid, type, reloads, failed reloads (the master's, newer versions only where there are some), uptime. */
const ROW = /^(\d+)\s+(\S+)\s+(\d+)(?:\s+\[failed: (\d+)\])?\s+(\S+)/;

export function readProcesses(text: string): Processes {
  let section = '';
  const rows = text.split('\n').flatMap((line) => {
    if (line.startsWith('# ')) section = line.slice(2).trim();
    const [, pid, type, reloads, failed, uptime] = ROW.exec(line) ?? [];
    if (pid === undefined) return [];
    return [
      {
        pid: Number(pid),
        type,
        section,
        reloads: Number(reloads),
        failed: Number(failed ?? 0),
        uptime: uptime ?? '',
      },
    ];
  });
  const workers = rows.filter(({ type }) => type === 'worker');
  const isOld = (row: (typeof rows)[number]) => row.section.startsWith('old');
  const master = rows.find(({ type }) => type === 'master');
  return {
    master: master?.pid ?? 0,
    worker: workers.find((row) => !isOld(row))?.pid,
    oldWorkers: workers.filter(isOld).map(({ pid, uptime }) => ({ pid, uptime })),
    reloads: master?.reloads ?? 0,
    failedReloads: master?.failed ?? 0,
  };
}
