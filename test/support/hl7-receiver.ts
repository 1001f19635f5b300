import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { acknowledge, encodeFrame, frameReader, hl7Time, readHeader } from '#protocols';

import { freePort } from './stand-ins.ts';

/** An HL7 receiver that says more than it has to: each acknowledgement has a text, also those that are positive. */
export type Receiver = {
  readonly port: number;
  /** How every message but health checks is answered from now on: AA until it is told. */
  answers(code: 'AA' | 'AE'): void;
  close(): void;
};

/** A network management query asks whether anybody is there (HL7 v2 §14.3.1). */
const FOR_CHECKS = 'NMQ';

export async function startReceiver(text: string): Promise<Receiver> {
  const open = new Set<Socket>();
  let code: 'AA' | 'AE' = 'AA';
  const server = createServer({ noDelay: true }, (socket) => {
    const frames = frameReader({ from: 'client' });
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of frames.push(chunk)) {
        const header = frame.ok ? readHeader(frame.value, 'client') : frame;
        if (!header.ok) return void socket.destroy();
        const isCheck = header.value.messageType === FOR_CHECKS;
        const ack = { code: isCheck ? 'AA' : code, controlId: text, time: hl7Time(new Date()), text } as const;
        socket.write(encodeFrame(acknowledge(header.value, ack)));
      }
    });
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    port,
    answers: (wanted) => void (code = wanted),
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
