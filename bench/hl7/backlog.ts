import { DatabaseSync } from 'node:sqlite';

import { isAlive, poll, signal } from '#system';

import type { Share } from '../cpus.ts';
import { spread } from '../measure.ts';
import { type Figure, sized } from '../report.ts';
import { output, type Rig } from '../rig.ts';
import { type Entrance, openEntrance, type RunningRelay, sendTo, startRelay } from './entrances.ts';
import { peakMegabytes } from './idle.ts';

/** How many messages are sent to it; the others are copies of them on disk, for the same patients. */
const SENT = 1_000;
const SENDERS = 64;

/** How often the rate is measured that the drain is compared with, and for how long each time, s. */
const TIMES = 5;
const SECONDS = 2;

type Parts = { readonly services: readonly { readonly name: string }[]; readonly count: number };

/** What a relay does that finds so many messages on its disk: how soon it is ready, how fast they go, and what memory it takes. */
export async function backlog(
  rig: Rig,
  share: Share,
  { services, count }: Parts,
  say: (text: string) => void,
): Promise<readonly Figure[]> {
  const first = await startRelay(rig, share, { name: 'backlog', services });
  const entrance = await openEntrance(rig, share, { name: 'backlog', servers: [first.serverOf('stored')] });
  const steady = await steadyRate(entrance, share);
  await fill(first, entrance, count);
  say(`backlog, ${count} messages are on disk`);

  const begin = performance.now();
  const relay = await startRelay(rig, share, { name: 'backlog', services });
  const ready = (performance.now() - begin) / 1_000;
  await depthBelow(relay, 1);
  const drain = count / ((performance.now() - begin) / 1_000 - ready);
  const peak = peakMegabytes(relay.pid);

  const once = (median: number) => ({ median, low: median, high: median });
  const name = `HL7, ${sized(count)} messages on disk`;
  return [
    { name: `${name}: ready`, spread: once(ready), unit: 's', target: { below: 2 }, note: '' },
    {
      name: `${name}: drained per second ÷ stored and delivered per second`,
      spread: once(drain / steady),
      target: { atLeast: 0.8 },
      note: `${sized(drain)} ÷ ${sized(steady)}`,
    },
    { name: `${name}: the most memory`, spread: once(peak), unit: 'MB', target: { below: 300 }, note: '' },
  ];
}

async function steadyRate(entrance: Entrance, share: Share): Promise<number> {
  const rates: number[] = [];
  for (let time = 0; time <= TIMES; time += 1) {
    const { perSecond } = await sendTo(entrance, share, { connections: SENDERS, seconds: SECONDS });
    if (time > 0) rates.push(perSecond);
  }
  return spread(rates).median;
}

/** Ends the relay with `count` messages on its disk. */
async function fill(relay: RunningRelay, { port }: Entrance, count: number): Promise<void> {
  await depthBelow(relay, 1);
  await relay.command({ command: 'hold', service: 'stored' });
  await output([process.execPath, `${import.meta.dirname}/send.ts`, String(port), '50', '0', String(SENT)]);
  signal(relay.pid, 'SIGTERM');
  const hasEnded = await poll(() => (isAlive(relay.pid) ? undefined : true), { every: 20, within: 70_000 });
  if (hasEnded === undefined) throw new Error('the relay does not end');

  const database = new DatabaseSync(relay.journal);
  const sent = database.prepare('SELECT max(id) - min(id) + 1 AS ids, count(*) AS many FROM messages').get();
  const many = Number(sent?.['many']);
  if (many !== SENT || sent?.['ids'] !== SENT) throw new Error(`${many} messages are on disk, not ${SENT} in a row`);
  database.exec(`
    PRAGMA synchronous = OFF;
    BEGIN;
    INSERT INTO messages (id, at, frame)
      WITH RECURSIVE copies (copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < ${count / SENT - 1})
      SELECT id + copy * ${SENT}, at, frame FROM copies CROSS JOIN messages;
    INSERT INTO waiting (queue, id, message, keys)
      WITH RECURSIVE copies (copy) AS (SELECT 1 UNION ALL SELECT copy + 1 FROM copies WHERE copy < ${count / SENT - 1})
      SELECT queue, id + copy * ${SENT}, message + copy * ${SENT}, keys FROM copies CROSS JOIN waiting;
    UPDATE ids SET next = (SELECT max(id) + 1 FROM messages);
    UPDATE queues SET held = 0;
    COMMIT;
    PRAGMA wal_checkpoint(TRUNCATE);
  `);
  database.close();
}

/** Resolves when fewer messages than that wait. */
async function depthBelow(relay: RunningRelay, limit: number): Promise<void> {
  type Status = { readonly services: readonly { destinations: readonly { queue?: { depth: number } }[] }[] };
  const isThere = async (): Promise<true | undefined> => {
    const status = (await relay.command({ command: 'status' })) as Status | undefined;
    const depth = status?.services[0]?.destinations[0]?.queue?.depth;
    return depth !== undefined && depth < limit ? true : undefined;
  };
  const done = await poll(isThere, { every: 100, within: 900_000 });
  if (done === undefined) throw new Error('what is stored is not delivered');
}
