import { exchange, pause } from '#system';

import { beginning } from './begin.ts';
import type { Task } from './task.ts';

// A program that knows the script: each server's true speed and workers, at every moment. It sets weights and limits over HAProxy's socket as a controller can, no
// more. What it reaches is what can be reached by weights and limits. Argument: a task.

const task = JSON.parse(process.argv[2] ?? '') as Task;
const { model } = task;

const TICK = 100;

/** How much of what the faster servers can do may be used before a slow one is needed. */
const FULL = 0.85;

type True = { readonly name: string; readonly speed: number; readonly workers: number };

function truth(at: number): readonly True[] {
  return model.servers.map(({ name, workers, script = [] }) => {
    let [speed, failing, running] = [1, 0, true];
    for (const change of script) {
      if (change.at > at) break;
      speed = change.speed ?? speed;
      failing = change.failing ?? failing;
      running = change.running ?? running;
    }
    return { name, workers, speed: running && failing < 0.5 ? speed : 0 };
  });
}

/** The fastest that can carry the load, each with its workers as its limit; the others rest. */
function settings(at: number): readonly string[] {
  const rate = typeof model.rate === 'function' ? model.rate(at) : model.rate;
  let capacity = 0;
  return truth(at)
    .toSorted((a, b) => b.speed - a.speed)
    .flatMap(({ name, speed, workers }, index) => {
      const isNeeded = speed > 0 && (index === 0 || capacity * FULL < rate);
      capacity += (speed * workers * 1_000) / model.service.mean;
      const weight = isNeeded ? Math.max(1, Math.min(256, Math.round(100 * speed))) : 0;
      return [`set server pool/${name} weight ${weight}`, `set maxconn server pool/${name} ${workers}`];
    });
}

const startsAt = await beginning(task.begins);
// Said again at every tick: a controller that starts takes back what it finds nudged.
for (;;) {
  const commands = settings(performance.timeOrigin + performance.now() - startsAt).join(';');
  await exchange(task.statsSocket, `${commands}\n`, TICK);
  await pause(TICK);
}
