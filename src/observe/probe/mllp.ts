import { err, type Result } from '#lib';
import {
  type Acknowledgement,
  type AcknowledgementCode,
  encodeFrame,
  frameReader,
  hl7Time,
  isAckFor,
  isPositive,
  readAcknowledgement,
  readHeader,
  selfTestMessage,
} from '#protocols';
import { type Connection, now } from '#system';

import { healthy, lastSpan, type Session, unhealthy, unitsOf, type Verdict } from './session.ts';

/** What a code says of a message (HL7 table 0008). */
const MEANING: Readonly<Record<AcknowledgementCode, string>> = {
  AA: 'the application has it',
  CA: 'it is stored; what the application says of it comes later',
  AE: 'the application finds an error in it',
  CE: 'there is an error in it, and it is not stored',
  AR: 'it is refused, for its kind or because nobody can take it now',
  CR: 'it is refused and not stored, for its kind or because nobody can take it now',
};

/** One message that asks nothing but an acknowledgement, and the acknowledgement (HL7 v2 §2.9.2). */
export async function probeMllp(connection: Connection, messageType: string, session: Session): Promise<Verdict> {
  const time = now();
  const message = selfTestMessage({ messageType, controlId: `VAGUS${time}`, time: hl7Time(new Date(time)) });
  const frames = unitsOf(connection, frameReader({ from: 'server' }), 'MLLP', session);
  const exchange = async (): Promise<Result<Acknowledgement, string>> => {
    connection.write(encodeFrame(message));
    const frame = await frames.next();
    if (!frame.ok) return frame;
    const answer = readAcknowledgement(frame.value, 'server');
    if (!answer.ok) return err(`answered, but not with an acknowledgement: ${answer.error.message}`);
    const header = readHeader(message, 'client');
    const isOurs = header.ok && isAckFor(header.value, answer.value);
    return isOurs ? answer : err(`acknowledged with ${answer.value.code}, but another message than the one sent`);
  };
  const answer = await session.step('message', exchange, ({ code }) => code);
  await connection.end();
  if (!answer.ok) return unhealthy(answer.error);
  const { code } = answer.value;
  return isPositive(code)
    ? healthy(`acknowledged with ${code} in ${lastSpan(session)}: ${MEANING[code]}`)
    : unhealthy(`acknowledged with ${code}: ${MEANING[code]}`);
}
