import { common, httpRetry, streamRetry, webCheck } from './common.ts';
import { reasoned, type Preset } from './preset.ts';

export const http: Preset = {
  name: 'http',
  version: 1,
  title: 'Any web application or HTTP API',
  protocol: 'http',
  answers: 'html',
  speaksTls: false,
  fields: {
    ...common,
    ...httpRetry,
    ...webCheck,
    balance: reasoned(
      'leastconn',
      'A server that slows down keeps its connections longer and so is given fewer new ones.',
    ),
    persistence: reasoned('none', 'Nothing is known about sessions; an application that has them says so.'),
    'timeouts.client': reasoned('60s', 'A client that sends nothing for a minute has gone.'),
    'timeouts.server': reasoned('60s', 'The longest that ordinary pages take to begin.'),
    'timeouts.queue': reasoned('30s', 'People do not wait longer for a page.'),
    'timeouts.tunnel': reasoned('1h', 'WebSockets are quiet for long.'),
    'drain.timeout': reasoned('2m', 'Requests are over within the server time-out.'),
  },
};

export const tcp: Preset = {
  name: 'tcp',
  version: 1,
  title: 'Any other protocol over TCP, forwarded as it is',
  protocol: 'tcp',
  answers: 'close',
  speaksTls: false,
  fields: {
    ...common,
    ...streamRetry,
    balance: reasoned('leastconn', 'Connections of unknown length are spread best by how many are open.'),
    persistence: reasoned('none', 'Nothing is known about sessions; an application that has them says so.'),
    'check.type': reasoned('tcp', 'All that can be asked of an unknown protocol is whether it takes connections.'),
    'check.interval': reasoned('2s', 'Finds a dead server within seconds at a negligible load.'),
    'check.timeout': reasoned('1s', 'A connection within one site stands within milliseconds.'),
    'timeouts.client': reasoned(
      '1h',
      'An unknown protocol may be quiet for long; TCP keepalive finds peers that have gone.',
    ),
    'timeouts.server': reasoned('1h', 'As long as a client may be quiet.'),
    'timeouts.queue': reasoned('30s', 'Most clients give up about then.'),
    'timeouts.tunnel': reasoned('1h', 'As long as a client may be quiet.'),
    'drain.timeout': reasoned('10m', 'Connections of unknown length get a while to end by themselves.'),
  },
};
