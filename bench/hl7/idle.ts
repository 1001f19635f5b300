import { connect } from 'node:net';

import { poll, readText } from '#system';

import type { Share } from '../cpus.ts';
import { must } from '../must.ts';
import type { Figure } from '../report.ts';
import type { Rig } from '../rig.ts';
import { openEntrance, startRelay } from './entrances.ts';

const CONNECTIONS = 1_000;

/** What a relay is in memory with a thousand senders who say nothing. */
export async function idle(rig: Rig, share: Share, say: (text: string) => void): Promise<readonly Figure[]> {
  const services = [{ name: 'adt', destinations: [{ servers: [{ name: 'engine', address: '127.0.0.1:9' }] }] }];
  const relay = await startRelay(rig, share, { name: 'idle', services });
  const { port } = await openEntrance(rig, share, { name: 'idle', servers: [relay.serverOf('adt')] });
  const before = residentMegabytes(relay.pid);
  const sockets = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
  const hasAll = async (): Promise<true | undefined> => {
    const status = (await relay.command({ command: 'status' })) as { services: { counters: { senders: number } }[] };
    return status.services[0]?.counters.senders === CONNECTIONS ? true : undefined;
  };
  if ((await poll(hasAll, { every: 50, within: 20_000 })) === undefined) throw new Error('not all connections stand');
  const after = residentMegabytes(relay.pid);
  for (const socket of sockets) socket.destroy();
  say(`${CONNECTIONS} idle connections: ${after.toFixed(0)} MB`);
  return [
    {
      name: `HL7: the relay with ${CONNECTIONS} idle connections`,
      spread: { median: after, low: after, high: after },
      unit: 'MB',
      target: { below: 100 },
      note: `${before.toFixed(0)} with none`,
    },
  ];
}

/** Memory that a process has now. */
export const residentMegabytes = (pid: number): number => statusMegabytes(pid, 'VmRSS');

/** The most that it ever had. */
export const peakMegabytes = (pid: number): number => statusMegabytes(pid, 'VmHWM');

function statusMegabytes(pid: number, name: string): number {
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(must(readText(`/proc/${pid}/status`))) ?? [];
  return Number(kilobytes) / 1_024;
}
