import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

import {
  acknowledge,
  type AcknowledgementCode,
  encodeFrame,
  frameReader,
  type Hl7Header,
  hl7Time,
  readHeader,
} from '#protocols';

import { freePort } from './stand-ins.ts';

/** What is said to a message: MSA-1, MSH-10 of the acknowledgement, and its text. */
export type Said = { readonly code: AcknowledgementCode; readonly controlId: string; readonly text?: string };

export type Hl7Server = { readonly port: number; readonly close: () => void };

/** An HL7 receiver that says to each message what it is told to. */
export async function startHl7Server(say: (header: Hl7Header) => Said): Promise<Hl7Server> {
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
        socket.write(encodeFrame(acknowledge(header.value, { ...say(header.value), time: hl7Time(new Date()) })));
      }
    });
  });
  const port = await freePort();
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    port,
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** A network management query asks whether anybody is there (HL7 v2 §14.3.1). */
export const isCheck = ({ messageType }: Hl7Header): boolean => messageType === 'NMQ';
