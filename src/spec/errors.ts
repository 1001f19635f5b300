/** What is known of every problem with one code, whatever its message says. */
export type ProblemKind = { readonly severity: 'error' | 'warning'; readonly meaning: string };

/**
 * Everything that can be wrong with a spec. A code is stable: programs and searches rely on it. A retired code is never used again.
 * Of every error: the writer of the spec has to change something, and nothing is applied until then.
 */
export const problemKinds = {
  'yaml-syntax': {
    severity: 'error',
    meaning: 'The text is no YAML 1.2, or has more than one document. Nothing else is checked.',
  },
  'yaml-limits': { severity: 'error', meaning: 'The document is nested too deeply, or its aliases make it too large.' },
  'bad-key': { severity: 'error', meaning: 'A key is not text. A number used as a name needs quotes.' },
  'duplicate-key': { severity: 'error', meaning: 'A map has the same key twice.' },
  'unknown-field': { severity: 'error', meaning: 'A field the language does not know.' },
  'missing-field': { severity: 'error', meaning: 'A field that must be given is not.' },
  'wrong-type': {
    severity: 'error',
    meaning: 'A map, a list or a single value stands where another kind is expected.',
  },
  'empty-list': {
    severity: 'error',
    meaning: 'A list that is given must have an entry: an empty one would be read as "everything".',
  },
  'conflicting-fields': { severity: 'error', meaning: 'Two fields exclude each other.' },
  'bad-version': { severity: 'error', meaning: 'The version of the language is not 1.' },
  'bad-name': {
    severity: 'error',
    meaning: 'A name is not made of lower-case letters, digits and `-`, or is longer than 63 characters.',
  },
  'bad-duration': { severity: 'error', meaning: 'Not a whole number with a unit (`ms`, `s`, `m`, `h`, `d`).' },
  'bad-address': {
    severity: 'error',
    meaning: 'Not an address: `host:port`, `[v6]:port`, or a host where no port is needed.',
  },
  'bad-port': { severity: 'error', meaning: 'A port outside 1–65535, or none where one is needed.' },
  'bad-network': { severity: 'error', meaning: 'Not a network such as `10.0.0.0/16`, nor a single IP address.' },
  'bad-host': { severity: 'error', meaning: 'Not a host name.' },
  'bad-file': {
    severity: 'error',
    meaning: 'A file path that is empty or has control characters, quotes, backslashes or `$`.',
  },
  'bad-url-path': {
    severity: 'error',
    meaning: 'A URL path that does not start with `/` or has characters a URL cannot have.',
  },
  'bad-text': {
    severity: 'error',
    meaning: 'A text to look for that is empty, too long, or has line breaks or control characters.',
  },
  'bad-token': { severity: 'error', meaning: 'A cookie or header name with characters such a name cannot have.' },
  'bad-ae-title': {
    severity: 'error',
    meaning: 'Not an AE title: 1–16 printable ASCII characters, no backslash (PS3.5 §6.2).',
  },
  'bad-pointer': { severity: 'error', meaning: 'Not a JSON pointer such as `/system/cpu` (RFC 6901).' },
  'secret-in-spec': {
    severity: 'error',
    meaning: 'Something else than `{ secret: NAME }` where a secret is wanted. What stands there is not shown.',
  },
  'bad-message-type': {
    severity: 'error',
    meaning: 'Not an HL7 message type as in MSH-9, such as `NMQ^N01`, or not one component of it.',
  },
  'bad-field-place': { severity: 'error', meaning: 'Not a field of an HL7 segment such as `PID-3`.' },
  'unknown-value': { severity: 'error', meaning: 'A word that is none of those the field takes.' },
  'out-of-range': { severity: 'error', meaning: 'A number or a duration outside its bounds.' },
  'unknown-preset': { severity: 'error', meaning: 'There is no preset of that name.' },
  'unknown-certificate': { severity: 'error', meaning: 'There is no certificate of that name in `certificates`.' },
  'unknown-pool': { severity: 'error', meaning: 'A route or a destination names a pool the service does not have.' },
  'unknown-service': { severity: 'error', meaning: 'A check follows a service that does not exist.' },
  'follow-server-missing': { severity: 'error', meaning: 'The followed service has no server of the same name.' },
  'follow-loop': {
    severity: 'error',
    meaning: 'Checks follow each other in a circle, so that none of them really checks.',
  },
  'no-servers': { severity: 'error', meaning: 'A service or a pool without servers.' },
  'all-backup': { severity: 'error', meaning: 'A pool whose servers are all backups.' },
  'no-default-pool': {
    severity: 'error',
    meaning: 'No route, no destination and no pool named `default`: no client would reach a server.',
  },
  'empty-condition': { severity: 'error', meaning: 'A `when` without a condition.' },
  'listen-taken': { severity: 'error', meaning: 'Two listeners on the same address and port.' },
  'field-not-for-protocol': {
    severity: 'error',
    meaning: 'A field that means nothing for the protocol of the service.',
  },
  'field-not-for-check': { severity: 'error', meaning: 'A field that means nothing for this type of check.' },
  'field-not-for-telemetry': {
    severity: 'error',
    meaning: 'A field that means nothing for this type of telemetry.',
  },
  'telemetry-port-missing': {
    severity: 'error',
    meaning: 'Telemetry is asked for on the port of a server that has none of its own.',
  },
  'telemetry-unprotected': {
    severity: 'warning',
    meaning: 'A secret is sent to read telemetry, to whoever answers at the server’s address.',
  },
  'nothing-to-steer': { severity: 'warning', meaning: 'A pool is to be steered that has one server to choose from.' },
  'stale-under-interval': {
    severity: 'error',
    meaning: 'What a server says would count for nothing before it is asked again.',
  },
  'needs-certificate': {
    severity: 'error',
    meaning: 'The service speaks TLS, and it is not clear with which certificate.',
  },
  'check-port-missing': {
    severity: 'error',
    meaning: 'Servers without a port behind several listening ports: the check needs one of its own.',
  },
  'timeout-over-interval': {
    severity: 'error',
    meaning: 'A check, or a question for telemetry, may last longer than the time until the next one.',
  },
  'listen-overlaps': { severity: 'warning', meaning: 'A listener on every address has the port of another listener.' },
  'unused-pool': { severity: 'warning', meaning: 'No route and no destination leads to the pool.' },
  'unreached-destination': {
    severity: 'warning',
    meaning: 'A destination that no message reaches, because the one before it takes every message.',
  },
  'priority-without-queue': {
    severity: 'warning',
    meaning: 'Priorities order a queue, but no server has a limit, so nothing ever queues.',
  },
  'clear-text': { severity: 'warning', meaning: 'A service that should speak TLS is told not to.' },
  'legacy-tls': { severity: 'warning', meaning: 'A TLS profile with broken protocol versions and ciphers.' },
  'check-too-eager': {
    severity: 'warning',
    meaning: 'Checks so frequent that a busy machine may take healthy servers out.',
  },
  'unsafe-retry': { severity: 'warning', meaning: 'A request that changes something may be done twice.' },
} as const satisfies Readonly<Record<string, ProblemKind>>;

export type ProblemCode = keyof typeof problemKinds;
