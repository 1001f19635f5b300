import { STATUS_CODES } from 'node:http';
import { Fault } from '#lib';
import type { Problem } from '#api/contract';
import type { Refusal } from '#apply';

import { fault } from './errors.ts';
import { statusOf } from './status.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** Everything that says why something was not done. */
export type Refused = Fault | Refusal;

/** An error as it is answered (RFC 9457). */
export function problemOf(refused: Refused): Problem {
  const why = faultIn(refused);
  const problems = refused instanceof Fault ? [] : refused.problems;
  const status = statusOf(why.code) ?? 500;
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? '',
    status,
    detail: why.message,
    code: why.code,
    ...why.kind,
    ...(problems.length > 0 && {
      problems: problems.map(({ code, severity, message, path, location }) => ({
        code,
        severity,
        message,
        path: [...path],
        location: { file: location.file, line: location.line, column: location.column },
      })),
    }),
  };
}

export const faultIn = (refused: Refused): Fault => (refused instanceof Fault ? refused : refused.fault);

/** What fastify throws that is an answer to somebody, by its code. */
const THROWN: Readonly<Record<string, readonly [Parameters<typeof fault>[0], string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['api-too-large', 'the body is larger than this request may be'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['api-media-type', 'the body is of a media type that this request does not take'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['api-invalid', 'the body is not as long as its Content-Length'],
  FST_ERR_BAD_URL: ['api-invalid', 'the path is not encoded as a URL has to be'],
};

type Thrown = {
  readonly code?: unknown;
  readonly statusCode?: unknown;
  readonly validation?: readonly Complaint[];
  readonly validationContext?: string;
};

type Complaint = { readonly instancePath?: string; readonly keyword?: string; readonly message?: string };

/** The error for whatever was thrown. It says where a request is wrong and why, and quotes nothing of it. */
export function faultOfThrown(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const { code, statusCode, validation, validationContext } = (thrown ?? {}) as Thrown;
  if (validation !== undefined) {
    const where = validationContext === 'querystring' ? 'query' : (validationContext ?? 'request');
    return fault('api-invalid', validation.map((complaint) => inWords(where, complaint)).join('; '));
  }
  const known = THROWN[String(code)];
  if (known !== undefined) return fault(known[0], known[1], thrown);
  if (statusCode === 400) return fault('api-invalid', 'the body is no valid JSON', thrown);
  return fault('api-internal', 'something went wrong that should not; the controller goes on', thrown);
}

function inWords(where: string, { instancePath = '', keyword, message = 'is wrong' }: Complaint): string {
  const place = instancePath === '/' ? where : `${where}${instancePath}`;
  // The schema's own message names the field, and a name may be anything: also a value in the wrong place.
  return `${place}: ${keyword === 'unrecognized_keys' ? 'there is a field in it that is not known' : message}`;
}
