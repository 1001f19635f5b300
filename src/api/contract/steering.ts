import { z } from 'zod';

import { Moment } from './common.ts';
import { Unit } from './maintenance.ts';
import { route } from './route.ts';

export const SteeringMode = z.enum(['observe', 'on']).describe('observe: what would be done is told, and not done');

export const ServerSteering = z
  .object({
    server: z.string(),
    weight: z.int().describe('the share of its configured weight, in percent'),
    limit: z.int().optional().describe('the most it is given at one time; none where it has no limit'),
    treatment: z
      .enum(['in', 'resting', 'returning', 'trial', 'out', 'down'])
      .describe('resting while the others can carry the load, out or on trial for what it did'),
    words: z.string().describe('why, in one sentence with the numbers'),
    reasons: z.array(z.object({ code: z.string(), words: z.string() })).describe('the weightiest first'),
    answerTime: z.number().optional().describe('milliseconds for an answer now'),
    leastTime: z.number().optional().describe('milliseconds: the least that an answer took lately'),
    inFlight: z.int(),
    foundLimit: z.int().optional().describe('how many at one time it works on, as far as that was found'),
    provenLimit: z.number().describe('how many at one time it was at least seen to work on, lately'),
  })
  .meta({ id: 'ServerSteering' });

export const PoolSteering = z
  .object({
    pool: z.string(),
    mode: SteeringMode,
    hindrance: z.string().optional().describe('why nothing is done just now though it may be'),
    rate: z.number().optional().describe('answers in a second, lately'),
    servers: z.array(ServerSteering),
  })
  .meta({ id: 'PoolSteering' });

const Spare = z.object({
  servers: z.int().describe('how many servers may be missing, the largest first'),
  enough: z.boolean().describe('false: even all that serve are too few'),
});

export const PoolCapacity = z
  .object({
    pool: z.string(),
    servers: z.int(),
    serving: z.int().describe('of these, servers that take work'),
    unit: Unit,
    inUse: z.int().describe('in use or waiting now'),
    peak: z
      .object({ most: z.int(), hour: Moment })
      .optional()
      .describe('the most at one time, this week, and its hour'),
    limit: z.int().optional().describe('how much those that serve take at one time; none where that is not known'),
    basis: z
      .enum(['configured', 'found', 'both', 'unknown'])
      .describe('where the limits are from: the spec, steering, some of each'),
    spareNow: Spare.optional(),
    sparePeak: Spare.optional(),
    words: z.string(),
  })
  .meta({ id: 'PoolCapacity' });

const ServiceParams = z.object({ service: z.string() });

export const steeringRoutes = {
  steering: route({
    method: 'GET',
    path: '/api/v1/services/:service/steering',
    summary: 'How the servers of a service are steered, and why; its pools that are not steered are left out',
    permission: 'read',
    reach: 'service',
    params: ServiceParams,
    response: z.array(PoolSteering),
  }),
  capacity: route({
    method: 'GET',
    path: '/api/v1/services/:service/capacity',
    summary: 'How many servers each pool of a service can lose: now, and at the week’s peak',
    permission: 'read',
    reach: 'service',
    params: ServiceParams,
    response: z.array(PoolCapacity),
  }),
} as const;
