import { err, type Result } from '#lib';
import {
  type Acknowledgement,
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
    ? healthy(`acknowledged with ${code} in ${lastSpan(session)}`)
    : unhealthy(`acknowledged with ${code}`);
}
