import type { FastifyRequest } from 'fastify';
import type { Fault } from '#lib';

import type { Identity } from './gate.ts';
import type { Operation } from './schemas.ts';

/** What is known of a request while it is answered. */
export type Asking = {
  identity: Identity;
  by: string | undefined;
  subject: string | undefined;
  detail: Readonly<Record<string, unknown>>;
  refused: Fault | undefined;
};

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: Operation;
  }
  interface FastifyRequest {
    asking: Asking | null;
  }
}

/** Where a request came from: an IP address, or `local`. */
export const addressOf = (request: FastifyRequest, { shown }: Identity): string =>
  shown.kind === 'local' ? 'local' : request.ip;

/**
 * `pacs/vna/vna1`, `adt/lab message 17`, `revision 3`, `user anna`: what a path is about. Fields of a body are for the
 * handler to say.
 */
export function subjectOf(params: unknown): string | undefined {
  const { service, pool, server, destination, message, ...others } = params as Readonly<
    Record<string, string | undefined>
  >;
  if (service !== undefined) {
    const group = pool ?? destination;
    const parts = group === 'default' ? [service, server] : [service, group, server];
    const label = parts.filter((part) => part !== undefined).join('/');
    return message === undefined ? label : `${label} message ${message}`;
  }
  const [other] = Object.entries(others);
  return other && other[0] !== '*' ? `${other[0]} ${other[1]}` : undefined;
}
