import { dicomweb, fhir } from './apis.ts';
import { dicom, dicomTls } from './dicom.ts';
import { http, tcp } from './general.ts';
import { hl7Mllp, hl7MllpTls } from './hl7.ts';
import type { Preset } from './preset.ts';
import { ehrWeb, viewer, xds } from './web.ts';

export const presets: readonly Preset[] = [
  http,
  tcp,
  ehrWeb,
  viewer,
  fhir,
  dicomweb,
  xds,
  dicom,
  dicomTls,
  hl7Mllp,
  hl7MllpTls,
];

const byName = new Map<string, Preset>(presets.map((preset) => [preset.name, preset]));

/** The preset of that name, or undefined where there is none. */
export const findPreset = (name: string): Preset | undefined => byName.get(name);
