import { common, httpRetry, webCheck } from './common.ts';
import { reasoned, sourced, type Preset } from './preset.ts';

export const fhir: Preset = {
  name: 'fhir',
  version: 1,
  title: 'A FHIR API',
  protocol: 'http',
  answers: 'fhir',
  speaksTls: true,
  fields: {
    ...common,
    ...httpRetry,
    balance: reasoned(
      'leastconn',
      'Searches differ much in cost, so that counting requests under way spreads them best.',
    ),
    persistence: reasoned(
      'none',
      'REST keeps no session; say otherwise where exports and paging are known to one server only.',
    ),
    'check.type': reasoned(
      'fhir',
      'A CapabilityStatement comes from a FHIR server, not from a login page in its place.',
    ),
    'check.path': reasoned(
      '/metadata',
      'Every FHIR server has it; a readiness page of the product says more and costs less.',
    ),
    'check.interval': sourced(
      '30s',
      'A capability statement is heavy: frequent polling has made servers unresponsive.',
      'https://github.com/microsoft/fhir-server/issues/1673',
    ),
    'check.timeout': reasoned('5s', 'Some servers put the statement together anew for every request.'),
    'timeouts.client': reasoned('60s', 'Long work is asynchronous in FHIR, so that no request is quiet for longer.'),
    'timeouts.server': reasoned('60s', 'Long work is asynchronous in FHIR; a slow search is over by then.'),
    'timeouts.queue': reasoned('30s', 'A client gets its 503 while it still waits for an answer.'),
    'timeouts.tunnel': reasoned('1h', 'Subscriptions over WebSocket are quiet for long.'),
    'drain.timeout': reasoned('2m', 'Requests are over within the server time-out.'),
  },
};

export const dicomweb: Preset = {
  name: 'dicomweb',
  version: 1,
  title: 'DICOMweb: QIDO-RS, WADO-RS, STOW-RS',
  protocol: 'http',
  answers: 'dicomweb',
  speaksTls: true,
  fields: {
    ...common,
    ...httpRetry,
    ...webCheck,
    balance: reasoned(
      'leastconn',
      'Studies differ much in size, so that counting requests under way spreads them best.',
    ),
    persistence: reasoned('none', 'Every request stands alone where the servers share their store.'),
    'check.interval': reasoned('5s', 'Frequent enough for image viewers, rare enough for an archive at work.'),
    'check.timeout': reasoned('3s', 'An archive that is storing answers slowly, and still works.'),
    'timeouts.client': reasoned('15m', 'STOW-RS sends whole studies over slow lines.'),
    'timeouts.server': reasoned('15m', 'Fetching a study from slow storage takes minutes.'),
    'timeouts.queue': reasoned('30s', 'A client gets its 503 while it still waits for an answer.'),
    'timeouts.tunnel': reasoned('1h', 'DICOMweb has no tunnels; this is the general default.'),
    'drain.timeout': reasoned('10m', 'Studies under way arrive in full.'),
  },
};
