import { once } from 'node:events';
import { connect } from 'node:net';
import { Hl7Message } from '@medplum/core';
import { Hl7Connection } from '@medplum/hl7';

import { people, updateMessage } from '#demo';

export type Answer = {
  /** MSA-1. */
  readonly code: string | undefined;
  /** MSA-2. */
  readonly controlId: string | undefined;
  /** Which stand-in it was: they begin MSH-10 with their name. */
  readonly by: string | undefined;
};

/** A sender by another's library, over one connection. */
export type Feed = {
  /** Sends an update of a record, and returns what it is answered; undefined where the connection is closed instead. */
  send(controlId: string): Promise<Answer | undefined>;
  close(): Promise<void>;
};

/** Connects from one of this machine's loopback addresses. */
export async function openFeed(port: number, from = '127.0.0.1'): Promise<Feed> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: from });
  await once(socket, 'connect');
  const closed = once(socket, 'close').then(() => undefined);
  const connection = new Hl7Connection(socket);
  return {
    async send(controlId) {
      const [person] = people;
      if (person === undefined) throw new Error('nobody to tell of');
      const message = Hl7Message.parse(updateMessage(person, controlId).toString('latin1'));
      const answer = await Promise.race([connection.sendAndWait(message, { returnAck: 'first' }), closed]);
      if (answer === undefined) return undefined;
      const field = (segment: string, index: number) => answer.getSegment(segment)?.getField(index)?.toString();
      return { code: field('MSA', 1), controlId: field('MSA', 2), by: field('MSH', 10)?.replace(/-\d+$/, '') };
    },
    async close() {
      await connection.close();
    },
  };
}
