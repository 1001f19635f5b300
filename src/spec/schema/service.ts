import { z } from 'zod';
import { presetNames } from '../presets/names.ts';
import { checkSchema } from './check.ts';
import { formed, oneOf, oneOrMany, wholeNumber } from './forms.ts';
import {
  balanceSchema,
  limitsSchema,
  persistenceSchema,
  poolSchema,
  proxyProtocolSchema,
  serversSchema,
} from './pool.ts';
import { relaySchema } from './relay.ts';
import { steeringSchema } from './steering.ts';
import { telemetrySchema } from './telemetry.ts';
import { listenerTlsSchema } from './tls.ts';
import { aeTitle, duration, hostName, listenAddress, name, network, reference, urlPath } from './values.ts';

const retryConditions = ['connect', 'empty-response', 'response-timeout', '500', '502', '503', '504'] as const;

const httpMethods = ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'POST', 'PATCH'] as const;

/** `503` without quotes is a number in YAML, and means the same here. */
const retryCondition = formed(
  z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.enum(retryConditions)),
  { code: 'unknown-value', expects: `one of ${retryConditions.join(', ')}`, words: retryConditions },
).meta({ type: undefined, enum: [...retryConditions, 500, 502, 503, 504] });

const retry = z.strictObject({
  attempts: wholeNumber(0, 10).describe('How often a failed try is repeated; 0: never.').optional(),
  on: oneOrMany(retryCondition)
    .describe('What counts as failed. Anything but `connect` needs an http service.')
    .optional(),
  methods: oneOrMany(oneOf(httpMethods)).describe('http: what may be sent again once it was sent.').optional(),
});

const timeouts = z.strictObject({
  connect: duration().describe('Until a server has taken the connection.').optional(),
  client: duration().describe('Silence of a client.').optional(),
  server: duration().describe('Silence of a server; for http, until it begins to answer.').optional(),
  queue: duration().describe('Waiting for a server with room.').optional(),
  tunnel: duration().describe('Silence of both once a connection is a tunnel (WebSocket).').optional(),
});

const condition = z.strictObject({
  calledAeTitle: oneOrMany(aeTitle).describe('dicom: the AE title the client calls.').optional(),
  callingAeTitle: oneOrMany(aeTitle).describe("dicom: the client's AE title.").optional(),
  sources: oneOrMany(network).describe("The client's address.").optional(),
  host: oneOrMany(hostName).describe('http: the host the client asks for.').optional(),
  path: oneOrMany(urlPath).describe('http: what the path starts with.').optional(),
});

const when = condition.describe('All of the conditions given must hold; of a list, any one value.');

const allow = z.strictObject({
  sources: oneOrMany(network).describe('The addresses clients may come from.').optional(),
  callingAeTitles: oneOrMany(aeTitle).describe('dicom: the AE titles clients may call themselves.').optional(),
});

const behind = z.strictObject({
  sources: oneOrMany(network).describe('The addresses of the proxies. What they say of a client is believed.'),
  clientAddress: oneOf(['proxy-protocol', 'x-forwarded-for'])
    .describe('How they say who the client is; x-forwarded-for: http only. Default proxy-protocol.')
    .optional(),
});

const priorityClasses = ['stat', 'urgent', 'routine'] as const;

export const serviceSchema = formed(
  z
    .strictObject({
      preset: oneOf(presetNames, 'unknown-preset').describe(
        'The kind of service: everything not said here is as the preset says.',
      ),
      listen: oneOrMany(listenAddress).describe('Where clients connect.'),
      behind: behind.describe('Other proxies stand in front of the service.').optional(),
      tls: listenerTlsSchema.describe('How clients speak TLS; `none`: they do not.').optional(),
      servers: serversSchema.describe('The servers, by name: short for one pool named `default`.').optional(),
      pools: z.record(name, poolSchema).describe('Groups of servers, by name; `routes` choose among them.').optional(),
      routes: z
        .array(z.strictObject({ when, pool: reference.describe('The pool these clients go to.') }))
        .min(1)
        .describe('The first that matches decides; else the pool named `default`.')
        .optional(),
      priority: z
        .array(z.strictObject({ when, class: oneOf(priorityClasses).describe('Who leaves a queue first.') }))
        .min(1)
        .describe('Who leaves a queue first. The first rule that matches decides; else routine.')
        .optional(),
      allow: allow.describe('Who may use the service. Default: everybody.').optional(),
      balance: balanceSchema.optional(),
      persistence: persistenceSchema.optional(),
      proxyProtocol: proxyProtocolSchema.optional(),
      check: checkSchema.describe('How it is known that a server works.').optional(),
      telemetry: telemetrySchema.optional(),
      steering: steeringSchema.optional(),
      relay: relaySchema.optional(),
      retry: retry.describe('When a failed try goes to another server.').optional(),
      timeouts: timeouts.describe('How long to wait.').optional(),
      limits: limitsSchema.describe('How many clients at one time.').optional(),
      drain: z
        .strictObject({ timeout: duration().describe('How long work in progress may take to finish.').optional() })
        .describe('Taking a server out of use.')
        .optional(),
    })
    .meta({ oneOf: [{ required: ['servers'] }, { required: ['pools'] }] }),
  { code: 'wrong-type', expects: 'a map' },
);
