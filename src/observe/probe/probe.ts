import { type Connection, deadlineIn, type TlsPeer } from '#system';

import { probeDicom } from './dicom.ts';
import { probeHttp } from './http.ts';
import { probeMllp } from './mllp.ts';
import { open, type Trust } from './open.ts';
import { type ProbeStep, type Session, sessionOf, unhealthy, type Verdict } from './session.ts';
import type { ProbeTarget } from './target.ts';
import { probeTcp } from './tcp.ts';

export type ProbeOptions = Trust & {
  /** Milliseconds for the whole of it; after them, a second at most to end in good form. */
  readonly timeout: number;
};

export type ProbeReport = {
  /** Without what its query says. */
  readonly url: string;
  readonly healthy: boolean;
  /** For a person: `C-ECHO answered in 3 ms`, `port closed (connection refused)`, `HTTP 500`. */
  readonly verdict: string;
  /** In their order; where it went wrong, the last but for the release. */
  readonly steps: readonly ProbeStep[];
  readonly tls?: TlsPeer;
};

/** Does one check as a client would and says how it went. Never throws, whatever answers there. */
export async function probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeReport> {
  const session = sessionOf(options.timeout, deadlineIn(options.timeout));
  const { connection, tls } = await open(target, options, session);
  const verdict = connection.ok ? await ask(target, connection.value, session) : unhealthy(connection.error);
  return { url: target.url, ...verdict, steps: session.steps, ...(tls !== undefined && { tls }) };
}

function ask(target: ProbeTarget, connection: Connection, session: Session): Promise<Verdict> {
  switch (target.protocol) {
    case 'tcp':
      return probeTcp(connection, target.tls, session);
    case 'dicom':
      return probeDicom(connection, target, session);
    case 'mllp':
      return probeMllp(connection, target.messageType, session);
    case 'http':
    case 'fhir':
      return probeHttp(connection, target, session);
  }
}
