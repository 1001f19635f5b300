import { createServer, type Socket } from 'node:net';

import { acknowledge, endsIn, newAcknowledgement } from './traffic.ts';

/**
 * `node receive.ts MILLISECONDS PORT…`: receivers that acknowledge every message after so many milliseconds, 0 for at once. They read no
 * more of a message than its control id, so that they are not what is measured.
 */
const [delay = 0, ...ports] = process.argv.slice(2).map(Number);

for (const port of ports) createServer({ noDelay: true }, serve).listen(port, '127.0.0.1', 1_024);

function serve(socket: Socket): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (const end of endsIn(bytes)) {
      const answer = newAcknowledgement();
      acknowledge(answer, bytes, start);
      if (delay === 0) socket.write(answer);
      else setTimeout(() => socket.write(answer), delay);
      start = end;
    }
    rest = bytes.subarray(start);
  });
}
