import { createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { acknowledge, encodeFrame, frameReader, hl7Time, readHeader } from '#protocols';
import { standIn } from './stand-in.ts';

// An integration engine: acknowledges every HL7 v2 message over MLLP, in order, and keeps none.

const { values } = parseArgs({
  options: { name: { type: 'string', default: 'engine1' }, port: { type: 'string', default: '0' } },
});
const me = standIn(values.name);
/** A network management query asks whether anybody is there (HL7 v2 §14.3.1). */
const FOR_CHECKS = 'NMQ';
let acknowledgements = 0;

// Half open: a client that says no more still waits for its acknowledgements.
me.listen(createServer({ noDelay: true, allowHalfOpen: true }, serve), Number(values.port));

function serve(socket: Socket): void {
  const frames = frameReader({ from: 'client' });
  let before = Promise.resolve();

  async function answer(message: Buffer): Promise<void> {
    const header = readHeader(message, 'client');
    if (!header.ok) {
      socket.end();
      return;
    }
    if (header.value.messageType !== FOR_CHECKS) await me.work();
    acknowledgements += 1;
    const ack = acknowledge(header.value, {
      code: me.faults().ack ?? 'AA',
      controlId: `${values.name}-${acknowledgements}`,
      time: hl7Time(new Date()),
    });
    if (socket.writable) socket.write(encodeFrame(ack));
  }

  socket.on('data', (chunk) => {
    for (const frame of frames.push(chunk)) {
      if (!frame.ok) {
        socket.end();
        return;
      }
      const message = frame.value;
      before = before.then(() => answer(message));
    }
  });
  socket.on('end', () => {
    before = before.then(() => void socket.end());
  });
}
