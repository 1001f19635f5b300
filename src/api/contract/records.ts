import { z } from 'zod';

import { Count, Moment } from './common.ts';
import { route } from './route.ts';

const Outcome = z.enum(['done', 'refused', 'failed']);

export const AuditEntry = z
  .object({
    number: z.int(),
    at: Moment,
    by: z.string(),
    action: z.string().describe('`login`, `apply`, `drain`, `token-add` …'),
    subject: z.string(),
    outcome: Outcome,
    detail: z.record(z.string(), z.unknown()),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' });

export const Event = z
  .object({
    id: z.int(),
    at: Moment,
    kind: z.string().optional().describe('of many with the same kind one says it all'),
    tone: z.enum(['good', 'doubtful', 'bad']),
    text: z.string().describe('what happened, for a person'),
    service: z.string().optional(),
    server: z.string().optional(),
  })
  .meta({ id: 'Event' });

export const AuditVerdict = z
  .object({
    intact: z.boolean(),
    entries: z.int(),
    head: z.string().optional().describe('the hash of the last entry: note it elsewhere, and compare'),
    brokenAt: z.int().optional(),
    why: z.string().optional(),
  })
  .meta({ id: 'AuditVerdict' });

export const ControllerAnswer = z
  .object({
    pid: z.int(),
    version: z.string(),
    engine: z.string(),
    site: z.string(),
    startedAt: Moment,
    revision: z.int(),
    state: z.string(),
    confirmBy: Moment.optional(),
    file: z.string(),
    edited: z.boolean().describe('the spec file differs from what was last taken from it'),
    reloads: z.int(),
    oldWorkers: z.int(),
  })
  .meta({ id: 'Controller' });

export const recordRoutes = {
  openapi: route({
    method: 'GET',
    path: '/api/v1/openapi.json',
    summary: 'This interface, described by OpenAPI 3.1',
    permission: 'public',
    reach: 'site',
    response: z.record(z.string(), z.unknown()),
  }),
  controller: route({
    method: 'GET',
    path: '/api/v1/controller',
    summary: 'The controller itself, and which revision is in force',
    permission: 'read',
    reach: 'listed',
    response: ControllerAnswer,
  }),
  events: route({
    method: 'GET',
    path: '/api/v1/events',
    summary: 'What happens, as it happens: a server-sent event stream; Last-Event-ID continues one',
    permission: 'read',
    reach: 'listed',
    query: z.object({
      lastEventId: z.coerce.number().int().min(0).optional().describe('for those who cannot send the header'),
    }),
    response: { text: 'text/event-stream' },
  }),
  pastEvents: route({
    method: 'GET',
    path: '/api/v1/events/past',
    summary: 'What happened, the newest first; the newest 10,000 are kept',
    permission: 'read',
    reach: 'listed',
    query: z.object({
      before: z.coerce.number().int().min(1).optional().describe('those before the one with this id'),
      limit: Count,
      service: z.string().optional(),
      tone: Event.shape.tone.optional(),
    }),
    response: z.array(Event),
  }),
  audit: route({
    method: 'GET',
    path: '/api/v1/audit',
    summary: 'The audit, oldest first unless asked for the newest',
    permission: 'audit',
    reach: 'site',
    query: z.object({
      first: z
        .enum(['oldest', 'newest'])
        .default('oldest')
        .describe('in which order; the limit leaves those of the end'),
      after: z.coerce.number().int().min(0).default(0).describe('those with numbers above this one'),
      before: z.coerce.number().int().min(1).optional().describe('those with numbers below this one'),
      limit: Count,
      by: z.string().optional(),
      action: z.string().optional(),
      outcome: Outcome.optional(),
      text: z.string().max(200).optional().describe('stands in who, action, subject or detail, in whatever case'),
      since: z.coerce.number().int().optional().describe('from this moment on, milliseconds since 1970'),
      until: z.coerce.number().int().optional().describe('before this moment, milliseconds since 1970'),
    }),
    response: z.array(AuditEntry),
  }),
  auditVerify: route({
    method: 'GET',
    path: '/api/v1/audit/verify',
    summary: 'Whether an entry of the audit was altered, removed or moved',
    permission: 'audit',
    reach: 'site',
    response: AuditVerdict,
  }),
  auditExport: route({
    method: 'GET',
    path: '/api/v1/audit/export',
    summary: 'The whole audit as JSON lines',
    permission: 'audit',
    reach: 'site',
    response: { text: 'application/jsonl' },
  }),
  metrics: route({
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus text: HAProxy’s numbers and ours under one scheme of names',
    permission: 'read',
    reach: 'site',
    response: { text: 'text/plain; version=0.0.4; charset=utf-8' },
  }),
} as const;
