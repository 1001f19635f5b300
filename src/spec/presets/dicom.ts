import { common, streamRetry } from './common.ts';
import { reasoned, sourced, type Preset, type PresetFields } from './preset.ts';

const GE =
  'https://github.com/scottweedon/loadbalancerorg-api (Partner Configs/GE-CCW.json: least connections, no persistence, C-ECHO)';

const fields: PresetFields = {
  ...common,
  ...streamRetry,
  balance: sourced(
    'leastconn',
    'Associations last from seconds to hours, so that only counting the open ones spreads them.',
    GE,
  ),
  persistence: sourced('none', 'An association is one connection and stays where it is by itself.', GE),
  'check.type': sourced('dicom-echo', 'C-ECHO asks the application, not the port.', GE),
  'check.calledAeTitle': reasoned(
    'ANY-SCP',
    'A customary name that tolerant archives take; an archive that checks its name needs its own here.',
  ),
  'check.callingAeTitle': reasoned(
    'VAGUS',
    'A name of its own, so that an archive can know the check and count it apart.',
  ),
  'check.interval': reasoned('5s', 'Rare enough to leave the few association slots of an archive alone.'),
  'check.timeout': reasoned('3s', 'An archive that is storing answers slowly, and still works.'),
  'timeouts.connect': reasoned('4s', 'Two servers can be tried before a modality gives up on its association.'),
  'timeouts.client': reasoned(
    '12h',
    'A modality may hold its association over a whole shift; closing it would cost the images.',
  ),
  'timeouts.server': reasoned('12h', 'As long as a client may be quiet.'),
  'timeouts.queue': sourced(
    '20s',
    'Senders give up after as little as 60 s; until then they must have been told to try again.',
    'https://www.manualsdir.com/manuals/38950/agfa-he_001132.html (fixed 60 s time-out)',
  ),
  'timeouts.tunnel': reasoned('12h', 'As long as a client may be quiet.'),
  'drain.timeout': reasoned('60m', 'A long series is stored to its end.'),
};

export const dicom: Preset = {
  name: 'dicom',
  version: 1,
  title: 'DICOM: archives, work lists, modalities',
  protocol: 'dicom',
  answers: 'dicom',
  speaksTls: false,
  fields,
};

export const dicomTls: Preset = {
  ...dicom,
  name: 'dicom-tls',
  title: 'DICOM over TLS, on a port of its own',
  speaksTls: true,
  fields: {
    ...fields,
    'tls.profile': sourced(
      'dicom-bcp195',
      'The secure transport profile of the DICOM standard itself.',
      'https://dicom.nema.org/medical/dicom/current/output/chtml/part15/sect_B.12.html',
    ),
  },
};
