/** What a service is to a hospital. */
export const GROUPS = ['Portals and web', 'Records and interfaces', 'Imaging', 'HL7 messages', 'Other'] as const;
export type Group = (typeof GROUPS)[number];

const GROUP_OF: Readonly<Record<string, Group>> = {
  http: 'Portals and web',
  'ehr-web': 'Portals and web',
  viewer: 'Imaging',
  fhir: 'Records and interfaces',
  xds: 'Records and interfaces',
  dicom: 'Imaging',
  'dicom-tls': 'Imaging',
  dicomweb: 'Imaging',
  'hl7-mllp': 'HL7 messages',
  'hl7-mllp-tls': 'HL7 messages',
};

/** The group of services that a preset belongs to. */
export const groupOf = (preset: string): Group => GROUP_OF[preset] ?? 'Other';

/** What one thing that such a service carries is called. */
export function unitOf(preset: string): 'request' | 'association' | 'connection' {
  if (preset.startsWith('dicom') && preset !== 'dicomweb') return 'association';
  return preset === 'tcp' || preset.startsWith('hl7') ? 'connection' : 'request';
}
