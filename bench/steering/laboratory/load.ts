import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

import { arrivalsOf } from '#steer';

import { beginning } from './begin.ts';
import type { Asked, Task } from './task.ts';

// A program: clients that ask when the model says, whether or not anybody has been answered (open loop). Times count from the moment a request was meant to be
// sent, so that nothing slow hides what came after it (no coordinated omission). Argument: a task.

const task = JSON.parse(process.argv[2] ?? '') as Task;
const { model } = task;

/** After this long a client is gone, ms. */
const PATIENCE = 40_000;

const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1_000, timeout: PATIENCE });
const asked: Asked[] = [];
const names = model.classes?.map(({ name }) => name) ?? ['all'];
process.send?.('ready');
process.channel?.unref();
const startsAt = await beginning(task.begins);
const now = (): number => performance.timeOrigin + performance.now() - startsAt;
let open = 0;

const arrivals = arrivalsOf(model);
let next = arrivals.next().value;

function sendDue(): void {
  while (next.at < model.duration && next.at <= now()) {
    ask(next);
    next = arrivals.next().value;
  }
  if (next.at < model.duration) setTimeout(sendDue, Math.max(0, next.at - now() - 1));
  else finish();
}

function ask({
  id,
  at,
  class: kind,
  work,
  luck,
}: {
  id: number;
  at: number;
  class: number;
  work: number;
  luck: number;
}): void {
  open++;
  const late = now() - at;
  let ended = false;
  const end = (status: number, received: number | undefined, answeredLate?: number): void => {
    if (ended) return;
    ended = true;
    open--;
    if (at < model.warmUp) return;
    asked.push({
      at,
      class: names[kind] ?? '',
      took: now() - at,
      waited: received === undefined ? undefined : Math.max(0, received - at),
      status,
      late,
      answeredLate,
    });
  };
  const sent = request(
    {
      port: task.entrance,
      agent,
      path: `/${names[kind]}`,
      headers: { 'X-Task': `${id} ${work.toFixed(3)} ${luck.toFixed(6)}` },
      timeout: PATIENCE,
    },
    (response) => {
      response.resume();
      const received = response.headers['x-received'];
      response.on('end', () =>
        end(
          response.statusCode ?? 0,
          received === undefined ? undefined : Number(received),
          Number(response.headers['x-late'] ?? 0),
        ),
      );
      response.on('error', () => end(0, undefined));
    },
  );
  sent.on('error', () => end(0, undefined));
  sent.on('timeout', () => sent.destroy());
  sent.end();
}

/** What is under way when the time is over is waited for, for a while. */
function finish(): void {
  const until = now() + PATIENCE;
  const look = setInterval(() => {
    if (open > 0 && now() < until) return;
    clearInterval(look);
    writeFileSync(task.journal, JSON.stringify(asked));
    process.exit(0);
  }, 100);
}

setTimeout(sendDue, Math.max(0, -now()));
