import { common, httpRetry, webCheck } from './common.ts';
import { reasoned, sourced, type Preset } from './preset.ts';

const IMPAX = 'Agfa IMPAX 6.5 Application Server documentation, topics 59348 and 60285 (load balancer settings)';

export const ehrWeb: Preset = {
  name: 'ehr-web',
  version: 1,
  title: 'The web front end of a record system: portal, order entry, patient administration',
  protocol: 'http',
  answers: 'html',
  speaksTls: true,
  fields: {
    ...common,
    ...httpRetry,
    ...webCheck,
    balance: reasoned('leastconn', 'New sessions go where the fewest requests are under way.'),
    persistence: sourced(
      { cookie: 'VAGUS_SERVER' },
      'Record systems keep the session on one server; a cookie tells people apart who share an address (VDI, NAT).',
      'https://docs.intersystems.com/ (GCGI_loadbalance: web applications need sticky sessions)',
    ),
    'timeouts.client': sourced('1h', 'A screen left open over a consultation must still be there afterwards.', IMPAX),
    'timeouts.server': reasoned(
      '3m',
      'Large work lists and reports take minutes; published idle limits start at 160 s.',
    ),
    'timeouts.queue': reasoned('30s', 'People do not wait longer for a page.'),
    'timeouts.tunnel': reasoned('1h', 'Notifications over WebSocket are quiet for long.'),
    'drain.timeout': reasoned('60m', 'People finish what they are writing before their server goes.'),
  },
};

export const viewer: Preset = {
  name: 'viewer',
  version: 1,
  title: 'A zero-footprint image viewer',
  protocol: 'http',
  answers: 'html',
  speaksTls: true,
  fields: {
    ...common,
    ...httpRetry,
    ...webCheck,
    balance: reasoned('leastconn', 'Rendering is heavy: the server with the fewest requests has the most to give.'),
    persistence: reasoned({ cookie: 'VAGUS_SERVER' }, 'The server that has rendered a study has it in memory.'),
    'timeouts.client': reasoned('5m', 'A viewer is quiet while somebody looks at an image.'),
    'timeouts.server': reasoned('5m', 'Loading a large study from the archive takes minutes.'),
    'timeouts.queue': reasoned('30s', 'People do not wait longer for an image.'),
    'timeouts.tunnel': reasoned('1h', 'The WebSocket of a viewer lasts as long as the reading session.'),
    'drain.timeout': reasoned('30m', 'A reading session ends before its server goes.'),
  },
};

export const xds: Preset = {
  name: 'xds',
  version: 1,
  title: 'An XDS or XDS-I registry or repository (SOAP, MTOM)',
  protocol: 'http',
  answers: 'html',
  speaksTls: true,
  fields: {
    ...common,
    ...httpRetry,
    ...webCheck,
    balance: reasoned(
      'leastconn',
      'Documents differ much in size, so that counting requests under way spreads them best.',
    ),
    persistence: reasoned('none', 'Every SOAP request stands alone.'),
    'check.interval': reasoned('5s', 'The callers are programs that try again.'),
    'check.timeout': reasoned('3s', 'SOAP stacks answer their first page slowly.'),
    'timeouts.client': reasoned('5m', 'Large documents arrive over slow lines.'),
    'timeouts.server': reasoned('5m', 'Storing a submission set may take minutes.'),
    'timeouts.queue': reasoned('30s', 'SOAP clients commonly give up after a minute.'),
    'timeouts.tunnel': reasoned('1h', 'XDS has no tunnels; this is the general default.'),
    'drain.timeout': reasoned('10m', 'Documents under way arrive in full.'),
  },
};
