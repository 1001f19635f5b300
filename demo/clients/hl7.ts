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
  return message([header('ENGINE', 'ADT^A08^ADT_A01', controlId, time), `EVN||${time}`, identity(person), 'PV1|1|N']);
}

/** A laboratory result (ORU^R01, HL7 v2 §7.3.1) that is the same for everybody, without a frame. */
export function resultMessage(person: Person, controlId: string): Buffer {
  const time = hl7Time(new Date());
  return message([
    header('STORE', 'ORU^R01^ORU_R01', controlId, time),
    identity(person),
    `OBR|1||${controlId}|GLU^Glucose^DEMO|||${time}`,
    'OBX|1|NM|GLU^Glucose^DEMO||5.0|mmol/L|3.9-5.5|N|||F',
  ]);
}

const header = (receiver: string, type: string, controlId: string, time: string): string =>
  `MSH|^~\\&|DEMO|ST_ELSEWHERE|${receiver}|ST_ELSEWHERE|${time}||${type}|${controlId}|P|2.5`;

function identity(person: Person): string {
  const gender = person.gender === 'female' ? 'F' : 'M';
  return `PID|1||${person.id}^^^DEMO||${person.family}^${person.given}||${birthDate(person, '')}|${gender}`;
}

const message = (segments: readonly string[]): Buffer =>
  Buffer.from(segments.map((segment) => `${segment}\r`).join(''), 'latin1');
