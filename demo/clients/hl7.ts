import { err, ok, type Result } from '#lib';
import { encodeFrame, frameReader, hl7Time, isAckFor, isPositive, readAcknowledgement, readHeader } from '#protocols';
import { birthDate, type Person } from '../people.ts';
import { type Conversation, converse, type Peer } from './conversation.ts';

/** Sends messages over one MLLP connection, which it opens when it needs one. */
export type Hl7Sender = {
  /**
   * Sends a message and waits for its own acknowledgement: MSA-2 must equal MSH-10. Only AA and CA are successes. After
   * any other end but a whole acknowledgement the connection is never used again, lest a late one is taken for the next.
   */
  send(message: Buffer): Promise<Result<void, string>>;
  close(): void;
};

/** Returns a sender that is not connected yet. */
export function hl7Sender(peer: Peer): Hl7Sender {
  let connection: Conversation<Buffer> | undefined;

  function drop(reason: string): Result<never, string> {
    connection?.cut();
    connection = undefined;
    return err(reason);
  }

  return {
    async send(message) {
      const header = readHeader(message, 'client');
      if (!header.ok) return err(header.error.code);
      if (connection === undefined) {
        const opened = await converse(peer, frameReader({ from: 'server' }));
        if (!opened.ok) return opened;
        connection = opened.value;
      }
      connection.send(encodeFrame(message));
      const answer = await connection.receive();
      if (!answer.ok) return drop(answer.error);
      const ack = readAcknowledgement(answer.value, 'server');
      if (!ack.ok) return drop(ack.error.code);
      if (!isAckFor(header.value, ack.value)) return drop('an acknowledgement of something else');
      return isPositive(ack.value.code) ? ok(undefined) : err(`acknowledged with ${ack.value.code}`);
    },
    close() {
      connection?.end();
      connection = undefined;
    },
  };
}

/** An update of a person's record (ADT^A08, HL7 v2 §3.3.8), without a frame. */
export function updateMessage(person: Person, controlId: string): Buffer {
  const time = hl7Time(new Date());
  const gender = person.gender === 'female' ? 'F' : 'M';
  const name = `${person.family}^${person.given}`;
  const segments = [
    `MSH|^~\\&|DEMO|ST_ELSEWHERE|ENGINE|ST_ELSEWHERE|${time}||ADT^A08^ADT_A01|${controlId}|P|2.5`,
    `EVN||${time}`,
    `PID|1||${person.id}^^^DEMO||${name}||${birthDate(person, '')}|${gender}`,
    'PV1|1|N',
  ];
  return Buffer.from(segments.map((segment) => `${segment}\r`).join(''), 'latin1');
}
