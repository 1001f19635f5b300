import { reasoned, type PresetFields } from './preset.ts';

/** What holds for every kind of service. */
export const common = {
  'check.rise': reasoned(2, 'One good answer may be luck; two mean that the server is back.'),
  'check.fall': reasoned(
    2,
    'One lost check may be the network; waiting for a third would keep clients on a hung server.',
  ),
  'timeouts.connect': reasoned('4s', 'Long enough for a lost SYN to be sent again twice, after 1 s and after 3 s.'),
  'tls.profile': reasoned('intermediate', 'TLS 1.2 and later: what every client still in support can speak.'),
} satisfies Partial<PresetFields>;

/** HTTP: a request can be told apart from the next one, so it can be sent again where that is harmless. */
export const httpRetry = {
  'retry.attempts': reasoned(3, 'Enough to get past two servers that fail at the same time.'),
  'retry.on': reasoned(
    ['connect', 'empty-response', 'response-timeout', '503'],
    'In each of these cases the client has not seen a byte of an answer yet.',
  ),
  'retry.methods': reasoned(
    ['GET', 'HEAD'],
    'They change nothing (RFC 9110 §9.2.1), so that asking twice does no harm.',
  ),
} satisfies Partial<PresetFields>;

/** A stream of bytes: once one of them has reached a server, only the client knows what to repeat. */
export const streamRetry = {
  'retry.attempts': reasoned(3, 'Enough to get past two servers that fail at the same time.'),
  'retry.on': reasoned(['connect'], 'Until the connection stands, nothing of the client has reached a server.'),
  'retry.methods': reasoned([], 'There are no requests to tell apart.'),
} satisfies Partial<PresetFields>;

/** A web page is asked for often, and people notice within seconds. */
export const webCheck = {
  'check.type': reasoned('http', 'A web server that answers 200 works; an open port alone proves little.'),
  'check.path': reasoned('/', 'Every web server has it; name the health page of the application where there is one.'),
  'check.interval': reasoned('2s', 'Finds a dead server within seconds at a negligible load.'),
  'check.timeout': reasoned('1s', 'A page that takes longer than this keeps people waiting.'),
} satisfies Partial<PresetFields>;
