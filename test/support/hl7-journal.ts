import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import { acknowledge, encodeFrame, frameReader, hl7Time, readHeader } from '#protocols';

import { freePort } from './stand-ins.ts';

/** An HL7 receiver that keeps the control ID (MSH-10) of every message but health checks, before it acknowledges it. */
export type Journal = {
  readonly name: string;
  readonly port: number;
  readonly received: readonly string[];
  readonly close: () => void;
};

/** A network management query asks whether anybody is there (HL7 v2 §14.3.1). */
const FOR_CHECKS = 'NMQ';

export async function startJournal(name: string): Promise<Journal> {
  const received: string[] = [];
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const frames = frameReader({ from: 'client' });
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const frame of frames.push(chunk)) {
        const header = frame.ok ? readHeader(frame.value, 'client') : frame;
        if (!header.ok) return void socket.destroy();
        if (header.value.messageType !== FOR_CHECKS) received.push(header.value.controlId);
        const answer = { code: 'AA', controlId: `${name}-${received.length}`, time: hl7Time(new Date()) } as const;
        socket.write(encodeFrame(acknowledge(header.value, answer)));
      }
    });
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    name,
    port,
    received,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
