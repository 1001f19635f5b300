import { z } from 'zod';
import { Problem, type Route, type RouteName, routes } from '#api/contract';

import { PROBLEM_TYPE } from './problem.ts';

export const SESSION_COOKIE = '__Host-vagus';

const JSON_TYPES = ['application/json'] as const;

/** A merge patch may say what it is (RFC 7396 §4). */
const PATCH_TYPES = ['application/json', 'application/merge-patch+json'] as const;

export const isSchema = (content: z.ZodType | object): content is z.ZodType => content instanceof z.ZodType;

/** The media types in which a route takes its body; none where it takes no body. */
export function bodyTypes({ method, body }: Route): readonly string[] {
  if (body === undefined) return [];
  if (!isSchema(body)) return body.text;
  return method === 'PATCH' ? PATCH_TYPES : JSON_TYPES;
}

/** A route of the table, with its name. */
export type Operation = { readonly name: RouteName; readonly route: Route };

export const operations: readonly Operation[] = Object.entries(routes).map(([name, route]) => ({
  name: name as RouteName,
  route,
}));

const IfMatch = z.looseObject({
  'if-match': z
    .string()
    .regex(/^(\*|"\d{1,15}")$/)
    .optional()
    .describe('`"N"`: only where revision N is in force; `*`: whichever is'),
});

const LastEventId = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/)
    .optional()
    .describe('the last event that was read'),
});

/** The number in `If-Match`; undefined where there is none, or any will do. */
export const revisionIn = (header: string | undefined): number | undefined =>
  header === undefined || header === '*' ? undefined : Number(header.slice(1, -1));

/** What fastify validates by and OpenAPI is made from. */
export function schemaOf({ name, route }: Operation): object {
  const { summary, permission, reach, params, query, body, response } = route;
  const types = bodyTypes(route);
  const headers = route.conditional ? IfMatch : name === 'events' ? LastEventId : undefined;
  return {
    operationId: name,
    summary,
    tags: [tagOf(route)],
    security: permission === 'public' ? [] : [{ session: [] }, { token: [] }],
    'x-permission': permission,
    'x-reach': reach,
    ...(params && { params }),
    ...(query && { querystring: query }),
    ...(headers && { headers }),
    ...(body && { body: isSchema(body) ? body : z.string(), consumes: [...types] }),
    response: { ...successOf(response), default: problemResponse },
  };
}

const problemResponse = {
  description: 'Why it was not done',
  content: { [PROBLEM_TYPE]: { schema: Problem } },
};

function successOf(response: Route['response']): object {
  if (response === undefined) return { 204: z.undefined().describe('Done') };
  const [type, schema] = isSchema(response) ? ['application/json', response] : [response.text, z.string()];
  return { 200: { description: 'Done', content: { [type]: { schema } } } };
}

/** The subject of a route: `services`, `spec`, `users` … */
const tagOf = ({ path }: Route): string => /^\/(?:api\/v1\/)?([^/.]+)/.exec(path)?.[1] ?? 'api';
