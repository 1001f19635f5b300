import { z } from 'zod';

import { Moment, ServerParams, Span, Why } from './common.ts';
import { route } from './route.ts';

/** What one of the things under way on a server is called. */
export const Unit = z.enum(['request', 'connection', 'association', 'message']);

export const Drain = z
  .object({
    label: z.string(),
    service: z.string(),
    state: z.enum(['drain', 'maint']),
    by: z.string(),
    why: z.string().optional(),
    since: Moment,
    deadline: Moment.optional(),
    left: z.int().describe('still under way on it'),
    unit: Unit,
    window: z.int().optional().describe('the maintenance window that asked for it'),
  })
  .meta({ id: 'Drain' });

/** Whether the rest of a pool can carry what a server leaves to them. */
export const Capacity = z
  .object({
    service: z.string(),
    pool: z.string(),
    others: z.int().describe('servers that could take over'),
    peak: z.int().describe('the most that was in use at one time in the pool, this week'),
    limit: z.int().optional().describe('how much the others take at one time; none where one of them has no limit'),
    verdict: z.enum(['enough', 'unknown', 'short', 'nobody']),
    words: z.string(),
  })
  .meta({ id: 'Capacity' });

export const ServerStateAnswer = z
  .object({ servers: z.array(Drain.partial({ since: true })), capacity: z.array(Capacity) })
  .meta({ id: 'ServerStateAnswer' });

export const Window = z
  .object({
    id: z.int(),
    servers: z.array(z.string()),
    from: Moment,
    until: Moment,
    by: z.string(),
    why: z.string().optional(),
    state: z.enum(['planned', 'active', 'ended', 'cancelled']),
  })
  .meta({ id: 'Window' });

export const maintenanceRoutes = {
  setServerState: route({
    method: 'PUT',
    path: '/api/v1/services/:service/pools/:pool/servers/:server/state',
    summary: 'Drains a server, takes it into maintenance or back. Emptying a pool is refused unless forced',
    permission: 'operate',
    reach: 'service',
    params: ServerParams,
    body: z.strictObject({
      state: z.enum(['ready', 'drain', 'maint']),
      why: Why.optional(),
      force: z.boolean().default(false),
      allServices: z.boolean().default(false).describe('the same host in every service'),
      deadline: Span.optional().describe('a server that drains goes into maintenance after this long at the latest'),
      dryRun: z.boolean().default(false).describe('only says whether the others can carry the load'),
    }),
    response: ServerStateAnswer,
  }),
  drains: route({
    method: 'GET',
    path: '/api/v1/drains',
    summary: 'Servers that drain or are in maintenance, and what is still on them',
    permission: 'read',
    reach: 'listed',
    response: z.array(Drain),
  }),
  windows: route({
    method: 'GET',
    path: '/api/v1/windows',
    summary: 'Maintenance windows',
    permission: 'read',
    reach: 'site',
    response: z.array(Window),
  }),
  planWindow: route({
    method: 'POST',
    path: '/api/v1/windows',
    summary: 'Plans maintenance: the servers drain when it begins and are ready when it ends',
    permission: 'operate',
    reach: 'asked',
    body: z.strictObject({
      servers: z.array(z.string()).min(1).max(100).describe('labels: `pacs/pacs1`'),
      from: Moment,
      until: Moment,
      why: Why.optional(),
      force: z.boolean().default(false),
    }),
    response: Window,
  }),
  cancelWindow: route({
    method: 'DELETE',
    path: '/api/v1/windows/:id',
    summary: 'Cancels a window, or ends one that has begun',
    permission: 'operate',
    reach: 'asked',
    params: z.object({ id: z.coerce.number().int().min(1) }),
    response: Window,
  }),
} as const;
