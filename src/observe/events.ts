import { type EngineEvent, type Layout, samples } from '#engines/haproxy';
import { type Desired, serverLabel } from '#plan';

import { type ServerHealth, servicesOf } from './health.ts';

/**
 * An event as a person reads it. Of many with the same `kind` one says it all; without a kind each counts: a server that
 * goes down is news whenever it does.
 */
export type Notice = {
  readonly kind: string | undefined;
  readonly text: string;
  readonly tone: 'good' | 'bad' | 'doubtful';
};

/** HAProxy's word for "no server" in a log line. */
const NO_SERVER = '<NOSRV>';

/** Why an association was refused, in words: see the refusals in the frontend. */
const REFUSED: Readonly<Record<string, string>> = {
  busy: 'no archive can take it (temporary congestion)',
  full: 'the service is at its connection limit (local limit exceeded)',
  calling: 'it is not allowed here (calling AE title or address not recognised)',
  called: 'no pool answers to the called AE title',
};

/**
 * Says what happened in the hospital's words. Names, addresses and AE titles are in it, and nothing else of a client's
 * request. Undefined where there is nothing a person would want to know.
 */
export async function noticeOf(event: EngineEvent, layout: Layout, desired: Desired): Promise<Notice | undefined> {
  switch (event.event) {
    case 'server':
      return serverNotice(event.backend, event.server, event.up, layout, desired);
    case 'moved':
      return movedNotice(event, desired);
    case 'handshake':
      return doubtful(`${event.service} handshake`, `${event.service}: TLS handshake with ${event.from} failed`);
    case 'association':
      return associationNotice(event);
    case 'connection':
      return sessionNotice(event, 'a connection');
    case 'request':
      return sessionNotice(event, 'a request');
  }
}

async function serverNotice(
  backend: string,
  server: string,
  up: boolean,
  layout: Layout,
  desired: Desired,
): Promise<Notice | undefined> {
  const now = await samples(layout, new Set([backend]));
  if (!now.ok) return undefined;
  const wanted = desired.backends.find(({ name }) => name === backend);
  const frontends = desired.frontends.filter(({ name }) => name === wanted?.service);
  const [service] = servicesOf({ ...desired, frontends, backends: wanted ? [wanted] : [] }, now.value, new Map());
  const [pool] = service?.pools ?? [];
  const health = pool?.servers.find(({ name }) => name === server);
  if (pool === undefined || health === undefined) return undefined;
  const serving = pool.servers.filter(({ state }: ServerHealth) => state === 'up' || state === 'failing').length;
  const left = `${serving} of ${pool.servers.length} serve`;
  if (up) return { kind: undefined, text: `${health.label} is up: ${health.why}; ${left}`, tone: 'good' };
  return { kind: undefined, text: `${health.label} is DOWN: ${health.why}; ${left}`, tone: 'bad' };
}

function movedNotice({ backend, server, from, to }: Moved, desired: Desired): Notice | undefined {
  const wanted = desired.backends.find(({ name }) => name === backend);
  if (wanted === undefined) return undefined;
  const text = `${serverLabel(wanted, server)}: its name has another address, ${to} instead of ${from}`;
  return { kind: undefined, text, tone: 'good' };
}

type Moved = Extract<EngineEvent, { event: 'moved' }>;

type Session = Extract<EngineEvent, { end: string }>;

function associationNotice(event: Session): Notice | undefined {
  const { service, calling, called, from, refused } = event;
  const reason = refused === undefined ? undefined : REFUSED[refused];
  if (reason === undefined) return sessionNotice(event, 'an association');
  return doubtful(
    `${service} refused ${refused} ${from}`,
    `${service}: association from ${calling} at ${from} to ${called} rejected: ${reason}`,
  );
}

/**
 * HAProxy says in two letters who ended a session and in which phase: `P` the proxy by a rule, `S` the server, `s` its
 * silence, `K` us, `C` the client (its own business).
 */
function sessionNotice(event: Session, noun: string): Notice | undefined {
  const { service, server, from, end, status } = event;
  const [who = ''] = end;
  if (who === 'P') return doubtful(`${service} refused ${from}`, `${service}: ${noun} from ${from} was refused`);
  if (server === NO_SERVER) {
    return who === 'S' || who === 's'
      ? { kind: `${service} none`, text: `${service}: no server could take ${noun} (${from})`, tone: 'bad' }
      : undefined;
  }
  const place = `${service}/${server}`;
  if (who === 'K') return doubtful(`${place} ended`, `${place}: ${noun} that was stuck on it was ended`);
  if (who === 's') return doubtful(`${place} silent`, `${place}: ${noun} got no answer in time`);
  if (who === 'S') return doubtful(`${place} broke`, `${place}: ${noun} was broken off by the server`);
  if (status !== undefined && status >= 500)
    return doubtful(`${place} ${status}`, `${place}: answered a request with HTTP ${status}`);
  return undefined;
}

const doubtful = (kind: string, text: string): Notice => ({ kind, text, tone: 'doubtful' });
