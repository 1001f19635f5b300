import { z } from 'zod';
import { checkSchema } from './check.ts';
import { formed, oneOf, trueOrFalse, wholeNumber } from './forms.ts';
import { steeringSchema } from './steering.ts';
import { telemetrySchema } from './telemetry.ts';
import { serverTlsSchema } from './tls.ts';
import { duration, name, none, serverAddress, token } from './values.ts';

const balanceMethods = ['roundrobin', 'leastconn', 'random', 'source', 'failover'] as const;

export const balanceSchema = oneOf(balanceMethods).describe('How new work is spread over the servers.');

export const persistenceSchema = z
  .union([
    none,
    z.strictObject({ cookie: token.describe('A cookie Vagus sets, with the server in it. http only.') }),
    z.strictObject({ source: duration().describe("By the client's address, remembered for so long.") }),
    z.strictObject({
      header: token.describe('By the value of a request header. http only.'),
      for: duration().describe('How long it is remembered. Default 30m.').optional(),
    }),
    z.strictObject({
      path: oneOf(['study']).describe('By the study in the path of a DICOMweb request. http only.'),
      for: duration().describe('How long it is remembered. Default 30m.').optional(),
    }),
  ])
  .describe('What keeps a client on its server.');

export const limitsSchema = z.strictObject({
  connections: wholeNumber(1, 1_000_000).describe('Connections at one time.').optional(),
});

export const proxyProtocolSchema = oneOf(['none', 'v1', 'v2']).describe(
  'Each connection to a server begins with a PROXY protocol header that names the client’s address. Default none.',
);

const server = formed(
  z.strictObject({
    address: serverAddress.describe('Where the server is; without a port: on the port the client asked for.'),
    weight: wholeNumber(0, 256).describe('Its share of new work relative to the others. Default 100.').optional(),
    backup: trueOrFalse().describe('Serves only when no other server can.').optional(),
    limits: limitsSchema.describe('What the server is given at one time; the rest waits in a queue.').optional(),
    tls: serverTlsSchema.describe('The server is spoken to in TLS.').optional(),
    proxyProtocol: proxyProtocolSchema.optional(),
    telemetry: telemetrySchema.optional(),
  }),
  { code: 'wrong-type', expects: 'a map' },
);

export const serversSchema = z.record(name, z.union([serverAddress, server]));

export const poolSchema = formed(
  z.strictObject({
    servers: serversSchema.describe('The servers, by name.'),
    check: checkSchema.describe("Laid over the service's check.").optional(),
    balance: balanceSchema.describe("Instead of the service's.").optional(),
    persistence: persistenceSchema.describe("Instead of the service's.").optional(),
    proxyProtocol: proxyProtocolSchema.optional(),
    telemetry: telemetrySchema.optional(),
    steering: steeringSchema.optional(),
  }),
  { code: 'wrong-type', expects: 'a map' },
);
