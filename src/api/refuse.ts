import type { FastifyReply, FastifyRequest } from 'fastify';
import { retryAfter } from '#access';

import { fault } from './errors.ts';
import type { ApiPorts } from './ports.ts';
import { faultIn, faultOfThrown, problemOf, PROBLEM_TYPE, type Refused } from './problem.ts';
import { operations } from './schemas.ts';

/** Answers with an error, and notes it for the audit. */
export function refuse(reply: FastifyReply, refused: Refused): FastifyReply {
  const why = faultIn(refused);
  if (reply.request.asking) reply.request.asking.refused = why;
  const problem = problemOf(refused);
  const wait = retryAfter(why);
  if (wait !== undefined) reply.header('retry-after', Math.ceil(wait / 1_000));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="vagus"');
  // As bytes: fastify adds a charset to JSON that is text, and this type has none (RFC 9457 §6.1).
  return reply
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .send(Buffer.from(JSON.stringify(problem)));
}

/** For whatever is thrown while a request is answered. */
export function fail(
  thrown: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { onThrow }: ApiPorts,
): FastifyReply {
  const why = faultOfThrown(thrown);
  if (why.code === 'api-internal') onThrow(request.routeOptions.config.operation?.name ?? 'no route', thrown);
  return refuse(reply, why);
}

/** Only for those whom the gate has let in: others were told 401. */
export function unknownRoute(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?')[0] ?? '';
  const methods = operations.filter(({ route }) => matches(route.path, path)).map(({ route }) => route.method);
  if (methods.length === 0) return refuse(reply, fault('api-no-route', 'there is nothing at this path'));
  reply.header('allow', methods.join(', '));
  return refuse(reply, fault('api-method', `here one can only ${methods.join(', ')}`));
}

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}

/** For what is thrown before there is a request to answer, such as a path that cannot be decoded. */
export function failBefore(thrown: unknown, reply: FastifyReply): void {
  void refuse(reply, faultOfThrown(thrown));
}
