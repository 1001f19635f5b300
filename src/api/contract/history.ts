import { z } from 'zod';

import { Moment } from './common.ts';
import { Unit } from './maintenance.ts';
import { route } from './route.ts';

export const HistoryRange = z.enum(['1h', '24h', '7d', '90d']);

const Values = z.array(z.number().nullable());

const HistorySeries = z
  .object({
    rate: Values.describe('done in a second'),
    failed: Values.describe('of these, failed'),
    inFlight: Values.describe('on average'),
    queued: Values.describe('the most at one time'),
    time: Values.optional().describe(
      'milliseconds for an answer, on average; of HTTP, and of HL7 messages that are relayed',
    ),
    p50: Values.optional().describe(
      'milliseconds that half of the answers did not exceed; where steering or the relay measures',
    ),
    p99: Values.optional().describe(
      'milliseconds that 99 of 100 answers did not exceed; where steering or the relay measures',
    ),
    weight: Values.optional(),
    limit: Values.optional().describe('the most at one time that it was given'),
  })
  .meta({ id: 'HistorySeries' });

export const ServiceHistory = z
  .object({
    range: HistoryRange,
    step: z.int().describe('how long a slot is, milliseconds'),
    unit: Unit.describe('what is counted'),
    at: z
      .array(Moment)
      .describe('when each slot begins, at most 360; series have a value for each, null where nobody looked'),
    service: HistorySeries,
    servers: z.array(HistorySeries.extend({ pool: z.string(), server: z.string() })),
  })
  .meta({ id: 'ServiceHistory' });

export const historyRoutes = {
  history: route({
    method: 'GET',
    path: '/api/v1/services/:service/history',
    summary: 'What a service and its servers did in the last hour, day, week or 90 days',
    permission: 'read',
    reach: 'service',
    params: z.object({ service: z.string() }),
    query: z.object({ range: HistoryRange.default('1h') }),
    response: ServiceHistory,
  }),
} as const;
