import { createInterface } from 'node:readline';

import { exchange, pause } from '#system';

/**
 * A process of its own beside the controller: HAProxy keeps what was nudged, and when the controller has ended or is stuck
 * there is nobody else to take it back. Started as `watchdog.ts STATS_SOCKET`; it is told, a line each:
 *
 *     + NAME COMMANDS   from now on NAME is nudged, and these commands, with `;` between them, take it back
 *     - NAME            NAME is as configured again
 *     . PATIENCE        all is well; where nothing else comes for so many ms it is not
 *
 * When it is not, everything is taken back; and when the end comes, which is the controller's. Then this ends too.
 */
const [socket = ''] = process.argv.slice(2);

/** How long HAProxy may answer nobody before what it had is gone anyway, and how often it is asked, ms. */
const GIVE_UP = 3_000;
const AGAIN = 100;

/** HAProxy takes 16 kB at a time. */
const LARGEST = 15_000;

const nudged = new Map<string, string>();

// What ends a controller (Ctrl-C, a service manager) is meant for it alone: its end is heard by the end of the input.
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(name, () => undefined);

let timer: NodeJS.Timeout | undefined;
for await (const line of createInterface({ input: process.stdin })) {
  const [sign, word = '', ...commands] = line.split(' ');
  if (sign === '+') nudged.set(word, commands.join(' '));
  if (sign === '-') nudged.delete(word);
  if (sign !== '.') continue;
  clearTimeout(timer);
  timer = setTimeout(() => void takeBack(), Number(word));
}
clearTimeout(timer);
await takeBack();
// What the controller said last may have reached HAProxy after that.
await pause(AGAIN);
await takeBack();

async function takeBack(): Promise<void> {
  for (const batch of batches([...nudged.values()])) {
    const deadline = performance.now() + GIVE_UP;
    while (!(await exchange(socket, `${batch}\n`, 1_000)).ok && performance.now() < deadline) await pause(AGAIN);
  }
}

function batches(commands: readonly string[]): readonly string[] {
  const all: string[] = [];
  for (const command of commands) {
    const last = all.at(-1);
    if (last === undefined || last.length + command.length >= LARGEST) all.push(command);
    else all[all.length - 1] = `${last};${command}`;
  }
  return all;
}
