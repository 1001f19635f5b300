import { connect, type NetConnectOpts } from 'node:net';

import { endsIn, newMessage, number } from './traffic.ts';

/**
 * `node send.ts PORT CONNECTIONS SECONDS [COUNT]`: sends a message on each connection, and the next one when it is acknowledged; each connection
 * has patients of its own. Prints how many were acknowledged, in how many seconds, and how long that took: `{"count":…,"seconds":…,"p50":…,"p99":…,"all":…}`, ms.
 * What happens in the first moments is only in `all`. With COUNT it ends when so many were acknowledged.
 */
const [port = 0, connections = 1, seconds = 1, count = Infinity] = process.argv.slice(2).map(Number);
const WARM_UP = 400;
const PATIENTS_OF_A_CONNECTION = 50;

/** So that no two runs send the same control ids. */
const first = (Date.now() % 1_000_000) * 10_000;
let last = first;
let isCounting = false;
const took: number[] = [];
let all = 0;

for (let connection = 0; connection < connections; connection += 1) open(connection);
setTimeout(() => (isCounting = true), WARM_UP);
if (count === Infinity) setTimeout(report, WARM_UP + seconds * 1_000);

function open(connection: number): void {
  const message = newMessage();
  let sentAt = 0;
  const options: NetConnectOpts = {
    host: '127.0.0.1',
    port,
    noDelay: true,
    onread: { buffer: new Uint8Array(4_096), callback: answered },
  };
  const socket = connect(options, next);
  socket.on('close', () => {
    process.stderr.write('a connection was closed\n');
    process.exit(1);
  });
  socket.on('error', () => undefined);

  function next(): void {
    if (last - first >= count) return;
    last += 1;
    number(message, last, connection * PATIENTS_OF_A_CONNECTION + (last % PATIENTS_OF_A_CONNECTION));
    sentAt = performance.now();
    socket.write(message);
  }

  function answered(length: number, bytes: Uint8Array): boolean {
    if (endsIn(Buffer.from(bytes.buffer, bytes.byteOffset, length)).length === 0) return true;
    all += 1;
    if (isCounting) took.push(performance.now() - sentAt);
    if (all === count) report();
    else next();
    return true;
  }
}

function report(): void {
  const sorted = Float64Array.from(took).toSorted();
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  const result = { count: took.length, seconds, p50: quantile(0.5), p99: quantile(0.99), all };
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
}
