import { z } from 'zod';

import { ServerParams } from './common.ts';
import { Queue } from './relay.ts';
import { route } from './route.ts';
import { ServerSteering, SteeringMode } from './steering.ts';

export const Override = z
  .object({
    state: z.enum(['drain', 'maint']),
    by: z.string(),
    why: z.string().optional(),
    since: z.int(),
    deadline: z.int().optional().describe('a server that drains goes into maintenance then, whatever is left'),
  })
  .meta({ id: 'Override' });

export const Telemetry = z
  .object({
    cpu: z.number().optional().describe('0–1: how much of the CPU is in use'),
    memory: z.number().optional().describe('0–1: how much of the memory is in use'),
    connections: z.number().optional(),
    wish: z.number().optional().describe('0–1: the share of its weight that a feedback agent asks for'),
    says: z.enum(['up', 'drain', 'maint', 'down']).optional().describe('what a feedback agent says; it only informs'),
    at: z.int().optional().describe('when it was measured, ms since 1970'),
    stale: z.boolean().describe('the last answer is too old to count, or there is none'),
    trouble: z.string().optional().describe('why the last question had no good answer'),
  })
  .meta({ id: 'Telemetry' });

export const Server = z
  .object({
    name: z.string(),
    label: z.string().describe('`pacs/pacs1`, or `pacs/vna/vna1`'),
    address: z.string(),
    state: z.enum(['up', 'failing', 'down', 'rising', 'drain', 'maint', 'unresolved']),
    backup: z.boolean(),
    why: z.string().describe('in words, what its check says'),
    since: z.int().describe('seconds in this state'),
    weight: z.int().describe('as HAProxy has it now: drained or steered, another one than the spec says'),
    configuredWeight: z.int().describe('as the spec says'),
    connections: z.int(),
    connectionsBeforeReload: z.int(),
    queued: z.int(),
    served: z.int().describe('requests or connections given to it since the last reload'),
    responseTime: z.number().describe('milliseconds, averaged over the last 1024 requests'),
    errors: z.int(),
    telemetry: Telemetry.optional().describe('what it says of itself, where that is asked for'),
    steering: ServerSteering.pick({ weight: true, limit: true, treatment: true, words: true })
      .extend({ mode: SteeringMode })
      .optional()
      .describe('what steering does to it, or would do, where its pool is steered'),
    override: Override.optional(),
  })
  .meta({ id: 'Server' });

export const Pool = z.object({ name: z.string(), queued: z.int(), servers: z.array(Server) }).meta({ id: 'Pool' });

export const Service = z
  .object({
    name: z.string(),
    preset: z.string(),
    listen: z.array(z.string()),
    verdict: z.enum(['up', 'degraded', 'down']),
    connections: z.int(),
    refused: z.int(),
    pools: z.array(Pool),
    relay: z
      .object({
        trouble: z.string().optional().describe('why the relay does not say how it is'),
        queues: z.array(Queue).describe('what is stored; none where its messages are delivered directly'),
      })
      .optional()
      .describe('where its messages are relayed'),
  })
  .meta({ id: 'Service' });

/** Fields of a server in the spec that can be given alone. `null` takes a limit away. */
export const ServerChange = z.strictObject({
  address: z.string().optional(),
  weight: z.int().min(0).max(256).optional(),
  limits: z.strictObject({ connections: z.int().min(1).nullable() }).optional(),
});

export const Check = z
  .object({
    service: z.string(),
    pool: z.string(),
    server: z.string(),
    state: Server.shape.state,
    words: z.string(),
    since: z.int(),
  })
  .meta({ id: 'Check' });

export const Certificate = z
  .object({
    file: z.string().describe('the name it has in the configuration; never its key'),
    use: z.enum(['certificate', 'authorities']),
    subject: z.string(),
    names: z.array(z.string()),
    issuer: z.string(),
    notBefore: z.int(),
    notAfter: z.int(),
    fingerprint: z.string().describe('SHA-256 of the certificate'),
    algorithm: z.string(),
    services: z.array(z.string()),
  })
  .meta({ id: 'Certificate' });

export const serviceRoutes = {
  services: route({
    method: 'GET',
    path: '/api/v1/services',
    summary: 'All services, with their pools and servers as they are now',
    permission: 'read',
    reach: 'listed',
    response: z.object({
      site: z.string(),
      oldWorkers: z.int(),
      services: z.array(Service),
      leftQueues: z.array(Queue).optional().describe('queues with messages in them that are not served any more'),
    }),
  }),
  service: route({
    method: 'GET',
    path: '/api/v1/services/:service',
    summary: 'One service',
    permission: 'read',
    reach: 'service',
    params: z.object({ service: z.string() }),
    response: Service,
  }),
  pool: route({
    method: 'GET',
    path: '/api/v1/services/:service/pools/:pool',
    summary: 'One pool of a service',
    permission: 'read',
    reach: 'service',
    params: ServerParams.pick({ service: true, pool: true }),
    response: Pool,
  }),
  server: route({
    method: 'GET',
    path: '/api/v1/services/:service/pools/:pool/servers/:server',
    summary: 'One server',
    permission: 'read',
    reach: 'service',
    params: ServerParams,
    response: Server,
  }),
  checks: route({
    method: 'GET',
    path: '/api/v1/checks',
    summary: 'What the last check of each server said, in words',
    permission: 'read',
    reach: 'listed',
    response: z.array(Check),
  }),
  certificates: route({
    method: 'GET',
    path: '/api/v1/certificates',
    summary: 'Certificates in use: names and expiry, never keys',
    permission: 'read',
    reach: 'site',
    response: z.array(Certificate),
  }),
} as const;
