import { z } from 'zod';
import { formed, oneOf, text, trueOrFalse, wholeNumber } from './forms.ts';
import { duration, file, hostName, none, port, token, urlPathAndQuery } from './values.ts';

const telemetryTypes = ['feedback-agent', 'prometheus', 'snmp', 'http-json'] as const;

export type TelemetryType = (typeof telemetryTypes)[number];

/** Below this, reading a server would be work for it. */
const SHORTEST_INTERVAL = 100;

const NOT_HERE = '`{ secret: NAME }`, which names it: a secret never stands in the spec';

/** A secret by its name. What stands there instead may be the secret itself, and is never shown. */
const secretSchema = z.union([
  z.strictObject({
    secret: text({
      code: 'bad-name',
      expects: 'the name of a secret (1–63 lower-case letters, digits and `-`, not starting with `-`)',
      pattern: /^[a-z0-9][a-z0-9-]{0,62}$/,
      parse: (value) => (/^[a-z0-9][a-z0-9-]{0,62}$/.test(value) ? value : undefined),
      hidden: true,
    }).describe('A file in the state directory’s `secrets/`, else the environment variable VAGUS_SECRET_NAME.'),
  }),
  formed(z.never(), { code: 'secret-in-spec', expects: NOT_HERE, hidden: true }),
]);

/** RFC 6901. */
const pointer = text({
  code: 'bad-pointer',
  expects: 'a JSON pointer such as `/system/cpu`',
  pattern: /^(\/[^/]{0,128}){1,16}$/,
  examples: ['/system/cpu'],
  parse: (value) => (/^(?:\/(?:[^/~\p{C}\p{Zl}\p{Zp}]|~[01]){0,128}){1,16}$/u.test(value) ? value : undefined),
});

const share = z.union([
  pointer,
  z.strictObject({
    at: pointer.describe('Where the number stands.'),
    scale: wholeNumber(1, 1_000_000_000)
      .describe('What it says when all is in use: 100 for percent. Default 1.')
      .optional(),
    of: pointer.describe('Where it stands how much there is, instead of `scale`.').optional(),
  }),
]);

/** `3` without quotes is a number in YAML, and means the same here. */
const snmpVersion = formed(
  z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.enum(['2c', '3'])),
  { code: 'unknown-value', expects: 'one of 2c, 3', words: ['2c', '3'] },
).meta({ type: undefined, enum: ['2c', '3', 3] });

const tls = z.union([
  trueOrFalse(),
  z.strictObject({
    verify: file.describe("`none`, or a CA file the server's certificate must chain to."),
    serverName: hostName.describe('The name to ask for (SNI) and to find in the certificate.').optional(),
  }),
]);

const source = z.strictObject({
  type: oneOf(telemetryTypes).describe('How a server is asked how it feels.').optional(),
  port: wholeNumber(port.least, port.most)
    .describe('Default: feedback-agent 3333, prometheus 9100, snmp 161, http-json the server’s own.')
    .optional(),
  interval: duration(SHORTEST_INTERVAL).describe('From one question to the next. Default: 1s; snmp 5s.').optional(),
  timeout: duration().describe('How long an answer may take: at most the interval. Default: 80 % of it.').optional(),
  stale: duration()
    .describe('How old an answer may be before it counts for nothing: at least the interval. Default: three intervals.')
    .optional(),
  path: urlPathAndQuery.describe('prometheus, http-json: what to ask for. Default: /metrics; http-json: /.').optional(),
  tls: tls.describe('prometheus, http-json: in TLS; `true`: without verifying.').optional(),
  authorization: secretSchema
    .describe('prometheus, http-json: the Authorization header, such as `Bearer …`.')
    .optional(),
  cpu: share.describe('http-json: where the JSON says how much of the CPU is in use.').optional(),
  memory: share.describe('http-json: where the JSON says how much of the memory is in use.').optional(),
  connections: pointer.describe('http-json: where the JSON says how many connections there are.').optional(),
  version: snmpVersion.describe('snmp: 2c (default) or 3.').optional(),
  community: secretSchema.describe('snmp 2c: the community.').optional(),
  user: token.describe('snmp 3: the user.').optional(),
  auth: z
    .strictObject({
      protocol: oneOf(['sha', 'sha224', 'sha256', 'sha384', 'sha512', 'md5']).describe('Default sha256.').optional(),
      password: secretSchema.describe('Its password.'),
    })
    .describe('snmp 3: how answers are authenticated.')
    .optional(),
  privacy: z
    .strictObject({
      protocol: oneOf(['aes', 'aes256b', 'aes256r', 'des']).describe('Default aes.').optional(),
      password: secretSchema.describe('Its password.'),
    })
    .describe('snmp 3: how they are encrypted; needs `auth`.')
    .optional(),
});

export const telemetrySchema = z
  .union([none, formed(source, { code: 'wrong-type', expects: 'a map' })])
  .describe('What servers feel, and where it is read. The nearest counts, field by field; `none` takes it away.');
