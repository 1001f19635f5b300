import { common, streamRetry } from './common.ts';
import { reasoned, sourced, type Preset, type PresetFields } from './preset.ts';

const fields: PresetFields = {
  ...common,
  ...streamRetry,
  balance: sourced(
    'failover',
    'Two engines that read one feed at the same time change its order.',
    'https://github.com/nextgenhealthcare/connect/issues/1921',
  ),
  persistence: reasoned(
    { source: '24h' },
    'A sender stays with its engine for longer than it is ever quiet, so that its messages stay in order.',
  ),
  'check.type': reasoned('tcp', 'A probe message might be stored as a real one; connecting leaves nothing behind.'),
  'check.interval': sourced(
    '10s',
    'Some receivers take one connection only: a check must not often be the one they take.',
    'https://github.com/nextgenhealthcare/connect/issues/2155',
  ),
  'check.timeout': reasoned('3s', 'A connection within one site stands within milliseconds.'),
  'timeouts.client': sourced(
    '24h',
    'Some senders lose the first message after an idle connection was closed.',
    'https://github.com/nextgenhealthcare/connect/issues/249',
  ),
  'timeouts.server': reasoned('24h', 'As long as a client may be quiet.'),
  'timeouts.queue': reasoned('30s', 'A sender learns soon that it has to wait and try again.'),
  'timeouts.tunnel': reasoned('24h', 'As long as a client may be quiet.'),
  'drain.timeout': reasoned('1m', 'Enough for the acknowledgement of the message in flight.'),
};

export const hl7Mllp: Preset = {
  name: 'hl7-mllp',
  version: 1,
  title: 'HL7 v2 over MLLP; message by message with `relay`',
  protocol: 'hl7',
  answers: 'close',
  speaksTls: false,
  fields,
};

export const hl7MllpTls: Preset = {
  ...hl7Mllp,
  name: 'hl7-mllp-tls',
  title: 'HL7 v2 over MLLP and TLS',
  speaksTls: true,
};
