export const presetNames = [
  'http',
  'tcp',
  'ehr-web',
  'viewer',
  'fhir',
  'dicomweb',
  'xds',
  'dicom',
  'dicom-tls',
  'hl7-mllp',
  'hl7-mllp-tls',
] as const;

export type PresetName = (typeof presetNames)[number];
