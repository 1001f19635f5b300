import { z } from 'zod';

import { Count, Moment, Reason, ServerParams, Span, SpecProblem, Step, Why } from './common.ts';
import { route } from './route.ts';
import { ServerChange } from './services.ts';

const YAML = ['application/yaml', 'text/yaml', 'text/plain'] as const;

/** `watching`: in force, and taken back if services suffer. `unconfirmed`: in force, and taken back unless confirmed. */
export const RevisionState = z.enum(['applying', 'watching', 'unconfirmed', 'applied', 'failed', 'undone']);

export const Revision = z
  .object({
    number: z.int(),
    parent: z.int().optional(),
    at: Moment,
    by: z.string(),
    why: z.string().optional(),
    origin: z.enum(['file', 'api', 'patch', 'rollback', 'vagus']),
    state: RevisionState,
    current: z.boolean(),
    how: z.enum(['start', 'reload', 'live', 'none', 'adopted']).optional(),
    confirmBy: Moment.optional(),
    reason: z.string().optional().describe('why it failed or was undone, or what is not known of it'),
  })
  .meta({ id: 'Revision' });

export const Outcome = z
  .object({
    revision: z.int().describe('the revision in force now'),
    state: RevisionState,
    how: z.enum(['nothing', 'live', 'reload', 'start', 'adopted', 'none']),
    reload: z.string().optional().describe('the id of the reload it took'),
    confirmBy: Moment.optional(),
    steps: z.array(Step),
    warnings: z.array(SpecProblem),
  })
  .meta({ id: 'Outcome' });

export const Reload = z
  .object({
    id: z.string(),
    askedAt: Moment,
    endedAt: Moment.optional(),
    outcome: z.enum(['waiting', 'running', 'done', 'failed']),
    message: z.string().optional(),
    revision: z.int().optional(),
  })
  .meta({ id: 'Reload' });

/** How a change is made. A change may also carry `If-Match: "N"`: it is refused (412) where another revision is in force. */
const ChangeQuery = z.object({
  why: Why.optional(),
  confirm: Span.optional().describe('taken back after this long unless confirmed'),
  gate: z.enum(['on', 'off']).default('on').describe('off: stays in force also where services suffer'),
});

const RevisionParams = z.object({ revision: z.coerce.number().int().min(1) });

export const changeRoutes = {
  spec: route({
    method: 'GET',
    path: '/api/v1/spec',
    summary: 'The spec in force, as text; its ETag is the number of the revision',
    permission: 'read',
    reach: 'site',
    response: { text: 'application/yaml' },
  }),
  applySpec: route({
    method: 'PUT',
    path: '/api/v1/spec',
    summary: 'Puts a spec in force as a new revision',
    permission: 'change',
    reach: 'asked',
    conditional: true,
    query: ChangeQuery.extend({
      file: z.string().optional().describe('where the text came from; relative files are looked for beside it'),
    }),
    body: { text: YAML },
    response: Outcome,
  }),
  patchSpec: route({
    method: 'PATCH',
    path: '/api/v1/spec',
    summary: 'Changes parts of the spec: a JSON merge patch (RFC 7396) as a new revision',
    permission: 'change',
    reach: 'asked',
    conditional: true,
    query: ChangeQuery,
    body: z.record(z.string(), z.unknown()),
    response: Outcome,
  }),
  changeServer: route({
    method: 'PATCH',
    path: '/api/v1/services/:service/pools/:pool/servers/:server',
    summary: 'Changes a server’s weight, address or limit, live',
    permission: 'change',
    reach: 'service',
    conditional: true,
    params: ServerParams,
    query: ChangeQuery,
    body: ServerChange,
    response: Outcome,
  }),
  putServer: route({
    method: 'PUT',
    path: '/api/v1/services/:service/pools/:pool/servers/:server',
    summary: 'Adds a server to a pool, or replaces what the spec says of it',
    permission: 'change',
    reach: 'service',
    conditional: true,
    params: ServerParams,
    query: Reason,
    body: z.union([z.string(), z.record(z.string(), z.unknown())]),
    response: Outcome,
  }),
  removeServer: route({
    method: 'DELETE',
    path: '/api/v1/services/:service/pools/:pool/servers/:server',
    summary: 'Removes a server from a pool; what is under way on it goes on',
    permission: 'change',
    reach: 'service',
    conditional: true,
    params: ServerParams,
    query: Reason,
    response: Outcome,
  }),
  plan: route({
    method: 'POST',
    path: '/api/v1/plan',
    summary: 'What putting a spec in force would change, judged by HAProxy; changes nothing',
    permission: 'read',
    reach: 'site',
    query: z.object({ file: z.string().optional() }),
    body: { text: YAML },
    response: z.object({ accepted: z.literal(true), steps: z.array(Step), warnings: z.array(SpecProblem) }),
  }),
  check: route({
    method: 'POST',
    path: '/api/v1/check',
    summary: 'The same for somebody who is still writing: what is wrong is the answer, and no error',
    permission: 'read',
    reach: 'site',
    query: z.object({ file: z.string().optional() }),
    body: { text: YAML },
    response: z.object({ accepted: z.boolean(), steps: z.array(Step), problems: z.array(SpecProblem) }),
  }),
  revisions: route({
    method: 'GET',
    path: '/api/v1/revisions',
    summary: 'Who changed what, when and why; the newest first',
    permission: 'read',
    reach: 'site',
    query: z.object({ before: z.coerce.number().int().optional(), limit: Count }),
    response: z.array(Revision),
  }),
  revision: route({
    method: 'GET',
    path: '/api/v1/revisions/:revision',
    summary: 'One revision',
    permission: 'read',
    reach: 'site',
    params: RevisionParams,
    response: Revision,
  }),
  revisionSpec: route({
    method: 'GET',
    path: '/api/v1/revisions/:revision/spec',
    summary: 'The text of one revision',
    permission: 'read',
    reach: 'site',
    params: RevisionParams,
    response: { text: 'application/yaml' },
  }),
  rollback: route({
    method: 'POST',
    path: '/api/v1/revisions/:revision/rollback',
    summary: 'Puts an earlier revision in force again, with the certificates it had, as a new revision',
    permission: 'change',
    reach: 'asked',
    conditional: true,
    params: RevisionParams,
    query: ChangeQuery,
    response: Outcome,
  }),
  confirm: route({
    method: 'POST',
    path: '/api/v1/confirm',
    summary: 'Keeps the revision that waits for it',
    permission: 'change',
    reach: 'site',
    query: Reason,
    response: Revision,
  }),
  reloads: route({
    method: 'GET',
    path: '/api/v1/reloads',
    summary: 'Reloads, the newest first',
    permission: 'read',
    reach: 'site',
    query: z.object({ limit: Count }),
    response: z.array(Reload),
  }),
  reload: route({
    method: 'GET',
    path: '/api/v1/reloads/:id',
    summary: 'One reload and how it ended',
    permission: 'read',
    reach: 'site',
    params: z.object({ id: z.coerce.number().int().min(1) }),
    response: Reload,
  }),
} as const;
