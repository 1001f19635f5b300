import { createServer, type Socket } from 'node:net';

import { acknowledge, endsIn, idIn, newAcknowledgement, patientIn } from './traffic.ts';

/** A receiver that takes its time, and what it has seen. */
export type OrderedReceiver = {
  readonly name: string;
  readonly port: number;
  readonly milliseconds: number;
  /** How many messages it has acknowledged, and how long it worked on them in all, ms. */
  readonly seen: { count: number; busy: number };
};

/** Messages that came in disorder, or twice: in words, without anything of a message but its numbers. */
export type Disorder = readonly string[];

/** Starts receivers of different speeds, and watches over all of them that each patient's messages come in the order of their ids. */
export function startOrdered(
  receivers: readonly { readonly name: string; readonly port: number; readonly milliseconds: number }[],
): { readonly receivers: readonly OrderedReceiver[]; readonly disorder: Disorder; readonly close: () => void } {
  const lasts = new Map<number, number>();
  const disorder: string[] = [];
  const started = receivers.map((receiver) => ({ ...receiver, seen: { count: 0, busy: 0 } }));
  const servers = started.map((receiver) =>
    createServer({ noDelay: true }, (socket) => serve(socket, receiver)).listen(receiver.port, '127.0.0.1'),
  );

  function serve(socket: Socket, { name, milliseconds, seen }: OrderedReceiver): void {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let start = 0;
      for (const end of endsIn(bytes)) {
        look(name, idIn(bytes, start), patientIn(bytes, start));
        const answer = newAcknowledgement();
        acknowledge(answer, bytes, start);
        const since = performance.now();
        setTimeout(() => {
          seen.count += 1;
          seen.busy += performance.now() - since;
          socket.write(answer);
        }, milliseconds);
        start = end;
      }
      rest = bytes.subarray(start);
    });
  }

  function look(name: string, id: number, patient: number): void {
    const last = lasts.get(patient) ?? 0;
    if (id <= last) disorder.push(`${name} got ${id} of patient ${patient} after ${last}`);
    lasts.set(patient, id);
  }

  return { receivers: started, disorder, close: () => servers.forEach((server) => server.close()) };
}
