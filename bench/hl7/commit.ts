import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';

import { newMessage } from './traffic.ts';

/**
 * `node commit.ts FILE GROUP SECONDS`: what the disk allows by itself. Appends messages in groups and waits for each group until the disk has
 * it. Prints how many messages that were and how long a group took: `{"count":…,"seconds":…,"p50":…,"p99":…}`, ms.
 */
const [file = '', ...numbers] = process.argv.slice(2);
const [group = 1, seconds = 1] = numbers.map(Number);

const bytes = Buffer.concat(Array.from({ length: group }, newMessage));
const descriptor = openSync(file, 'w', 0o600);
const took: number[] = [];
const begin = performance.now();
let end = begin;
for (let now = begin; now < begin + seconds * 1_000; now = end) {
  writeSync(descriptor, bytes);
  fsyncSync(descriptor);
  end = performance.now();
  took.push(end - now);
}
closeSync(descriptor);
rmSync(file);

const sorted = Float64Array.from(took).toSorted();
const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
const result = { count: took.length * group, seconds: (end - begin) / 1_000, p50: quantile(0.5), p99: quantile(0.99) };
console.log(JSON.stringify(result));
