/** An HL7 time to the second, in UTC with its offset (HL7 v2 §2A.3.22, DTM): `20260314092653+0000`. */
export const hl7Time = (date: Date): string => `${date.toISOString().replace(/[-T:]|\..*$/g, '')}+0000`;

/** Joins segments, given as their fields, into a message (latin1). Empty fields at the end are left out. */
export const writeMessage = (segments: readonly (readonly string[])[], fieldSeparator: string): Buffer =>
  Buffer.from(segments.map((fields) => `${withoutEmptyEnd(fields).join(fieldSeparator)}\r`).join(''), 'latin1');

const withoutEmptyEnd = (fields: readonly string[]): readonly string[] =>
  fields.slice(0, fields.findLastIndex((field) => field !== '') + 1);
