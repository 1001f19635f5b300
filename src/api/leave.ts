import type { FastifyReply, FastifyRequest } from 'fastify';

import { addressOf } from './asking.ts';
import { type Audit, isChange, isRefusal } from './audit.ts';
import { fault } from './errors.ts';
import { problemOf, PROBLEM_TYPE } from './problem.ts';

/** After a request was answered and before that is sent: the audit. Where it cannot be written, the answer says so. */
export async function leave(
  request: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
  audit: Audit,
): Promise<unknown> {
  const { asking } = request;
  const { operation } = request.routeOptions.config;
  const { statusCode } = reply;
  const changes = operation !== undefined && isChange(operation.name, operation.route.method);
  // A page asks who is logged in, again and again where nobody is, and that tells nothing of anybody. A token is a try.
  const isGreeting = operation?.name === 'me' && request.headers.authorization === undefined;
  if (asking === null || isGreeting || !(changes || isRefusal(statusCode))) return payload;
  const entry = {
    action: operation?.name ?? 'no-route',
    subject: asking.subject ?? '',
    outcome: statusCode < 400 ? 'done' : statusCode < 500 ? 'refused' : 'failed',
    detail: { ...definedOf(asking.detail), ...(asking.refused && { code: asking.refused.code }) },
  } as const;
  const by = asking.by ?? asking.identity.by;
  // A login that fails is slowed down by itself, and each counts; of all else that strangers try there may be any number.
  const isLogin = operation?.name === 'login' && asking.refused?.code === 'access-unknown';
  const isNoise = asking.identity.principal === undefined && statusCode >= 400 && !isLogin;
  const written = isNoise
    ? // What a stranger writes into a path is theirs, whatever it is.
      audit.appendStranger({ ...entry, subject: '' }, addressOf(request, asking.identity))
    : audit.append({ ...entry, by });
  // A refusal changed nothing, so nothing is hidden by its missing from the audit.
  if (written.ok || statusCode >= 400) return payload;
  const problem = problemOf(
    fault('api-not-audited', 'it was done and is in force, but the audit could not be written', written.error),
  );
  reply.removeHeader('set-cookie');
  reply.code(problem.status).type(PROBLEM_TYPE);
  return JSON.stringify(problem);
}

const definedOf = (detail: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== undefined));
