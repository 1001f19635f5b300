import { segmentEnd, startsOf } from './batch.ts';
import type { Separators } from './header.ts';

/** A field by its place: `PID-3`. */
export type FieldPlace = { readonly segment: string; readonly field: number };

/** Reads `PID-3`; undefined where it names no field. MSH is not among them: its fields are counted differently. */
export function parseFieldPlace(text: string): FieldPlace | undefined {
  const [, segment, field] = /^([A-Z][A-Z0-9]{2})-([1-9]\d?)$/.exec(text) ?? [];
  if (segment === undefined || field === undefined || segment === 'MSH') return undefined;
  return { segment, field: Number(field) };
}

/** Where a merge says who is merged, by the field that identifies patients otherwise (HL7 v2 §3.4.9, MRG). */
const MERGED: Readonly<Record<string, number>> = { 'PID-2': 4, 'PID-3': 1, 'PID-4': 2, 'PID-18': 3, 'PV1-19': 5 };

/**
 * Whom a message is about: the identifiers (first components) in every repetition of a field, in every segment that has it, and
 * in MRG where there is one. A merge, a link or a swap so has two and more, whatever its trigger event is; so has a result for
 * several patients. An identifier is what was sent, byte for byte (latin1); assigning authorities are left out, for not every
 * system of a site writes them. Patient data: to be compared, never shown.
 */
export function readKeys(message: Buffer, place: FieldPlace, separators: Separators): readonly string[] {
  const keys = new Set<string>();
  addKeys(keys, message, place.segment, place.field, separators);
  const merged = MERGED[`${place.segment}-${place.field}`];
  if (merged !== undefined) addKeys(keys, message, 'MRG', merged, separators);
  return [...keys];
}

function addKeys(keys: Set<string>, message: Buffer, segment: string, field: number, separators: Separators): void {
  for (const start of startsOf(message, segment + separators.field)) {
    const text = message.toString('latin1', start, segmentEnd(message, start));
    const value = nth(text, separators.field, field);
    const repetitions = separators.repetition === '' ? [value] : value.split(separators.repetition);
    for (const repetition of repetitions) {
      const id = nth(repetition, separators.component, 0);
      if (id !== '' && id !== '""') keys.add(id);
    }
  }
}

/** The part at place `index`, counted from 0; empty where there is none. */
function nth(text: string, separator: string, index: number): string {
  if (separator === '') return index === 0 ? text : '';
  let start = 0;
  for (let passed = 0; passed < index; passed += 1) {
    const found = text.indexOf(separator, start);
    if (found < 0) return '';
    start = found + 1;
  }
  const end = text.indexOf(separator, start);
  return end < 0 ? text.slice(start) : text.slice(start, end);
}
