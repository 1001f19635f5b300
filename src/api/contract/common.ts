import { z } from 'zod';

import { parseDuration } from '#lib';

/** Milliseconds since 1970. */
export const Moment = z.int().describe('milliseconds since 1970');

/** A duration as people write it in a spec; milliseconds afterwards. */
export const Span = z
  .string()
  .transform((text, context) => {
    const duration = parseDuration(text);
    if (duration !== undefined) return duration;
    context.addIssue({ code: 'custom', message: 'no duration: write 30s, 5m or 2h' });
    return z.NEVER;
  })
  .describe('a duration: 30s, 5m, 2h');

/** Text of one line, without characters that would act on a terminal. */
const OneLine = z
  .string()
  .max(500)
  .regex(/^\P{Cc}*$/u, 'one line of text, without control characters');

/** Text that a person gives as a reason; kept in the audit. */
export const Why = OneLine.trim().min(1).describe('why, for whoever reads the audit');

/** A query that says why. */
export const Reason = z.object({ why: Why.optional() });

export const Severity = z.enum(['error', 'warning']);

export const SpecProblem = z
  .object({
    code: z.string(),
    severity: Severity,
    message: z.string(),
    path: z.array(z.union([z.string(), z.number()])),
    location: z.object({ file: z.string(), line: z.int(), column: z.int() }),
  })
  .meta({ id: 'SpecProblem' });

/** RFC 9457 problem details, with a code that is stable and what is known of every error with it. */
export const Problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('for a person; programs look at code'),
    code: z.string(),
    blame: z.enum(['client', 'server', 'vagus', 'machine']),
    unit: z.string().describe('what happened to the change or request'),
    retry: z.enum(['safe', 'after-change', 'unknown']),
    problems: z.array(SpecProblem).optional().describe('what is wrong with a spec, all of it, at its lines'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.output<typeof Problem>;

export const Step = z
  .object({
    engine: z.enum(['haproxy', 'relay']),
    change: z.enum(['add', 'remove', 'change']),
    subject: z.string().describe('in the words of the spec: `service portal`, `server pacs/pacs1`'),
    service: z.string().optional(),
    fields: z.array(z.string()),
    how: z.enum(['start', 'reload', 'live', 'none']),
    because: z.string().optional().describe('why it cannot be done live'),
  })
  .meta({ id: 'Step' });

/** The path of a server; the pool is `default` where a service has one. */
export const ServerParams = z.object({ service: z.string(), pool: z.string(), server: z.string() });

/** Numbers in a query arrive as text. */
export const Count = z.coerce.number().int().min(1).max(1_000).default(100);
