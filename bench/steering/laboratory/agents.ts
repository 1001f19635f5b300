import { createServer } from 'node:net';

import { beginning } from './begin.ts';
import type { Task } from './task.ts';

// A program: the feedback agents of a pool, which say what the script tells them to, true or not. Argument: a task.

const { agents, agentPorts, begins } = JSON.parse(process.argv[2] ?? '') as Task;

/** Before the word, what is said from the beginning on. */
let startsAt = Infinity;
const now = (): number => Math.max(0, Date.now() - startsAt);

for (const [index, script] of agents.entries()) {
  const listener = createServer((socket) => {
    const said = script.findLast(({ at }) => at <= now());
    socket.on('error', () => undefined);
    if (said?.line === undefined) socket.destroy();
    else socket.end(`${said.line}\n`);
  });
  listener.listen(agentPorts[index], '127.0.0.1');
}
startsAt = await beginning(begins);
