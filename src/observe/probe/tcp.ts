import type { Connection } from '#system';

import { healthy, lastSpan, type Session, unhealthy, type Verdict } from './session.ts';
import { readFailure } from './words.ts';

/** That there is a connection is all that is asked of it; with TLS 1.3 a refusal comes only after the handshake. */
export async function probeTcp(connection: Connection, tls: boolean, session: Session): Promise<Verdict> {
  const answer = tls ? `TLS handshake done in ${lastSpan(session)}` : `port open, connected in ${lastSpan(session)}`;
  const ended = await connection.end();
  return !ended.ok && ended.error.startsWith('ERR_SSL_')
    ? unhealthy(readFailure(ended.error, session.timeout))
    : healthy(answer);
}
