import { err, type Fault, ok, type Result, Secret } from '#lib';
import { faultOf, type Peer } from '../errors.ts';

/** MSH-1 and the characters of MSH-2 (HL7 v2 §2.5.4). Empty: the sender does not use that one. */
export type Separators = {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
};

/**
 * The fields of an MSH segment that a relay or a check needs (HL7 v2 §2.14.9), as they were sent: escape sequences are
 * left alone and every character is one byte (latin1).
 */
export type Hl7Header = {
  readonly separators: Separators;
  /** MSH-2 */
  readonly encodingCharacters: string;
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly receivingApplication: string;
  readonly receivingFacility: string;
  /** MSH-7 */
  readonly time: string;
  /** MSH-9.1, e.g. `ADT` */
  readonly messageType: string;
  /** MSH-9.2, e.g. `A01`; empty where there is none */
  readonly triggerEvent: string;
  /** MSH-10; empty where the sender broke the rule that there is one */
  readonly controlId: string;
  readonly processingId: string;
  /** MSH-12 */
  readonly version: string;
  /** MSH-15 and MSH-16. Enhanced mode is where either has a value (§2.9.2). */
  readonly acceptAcknowledgement: string;
  readonly applicationAcknowledgement: string;
  /** MSH-18 */
  readonly characterSet: string;
};

/** PID-3, first repetition, escape sequences replaced: the identifier and its assigning authority (may be empty). */
export type PatientId = { readonly id: string; readonly assigningAuthority: string };

/** Reads the MSH segment, with which every message begins. Error: `hl7-header-malformed`. */
export function readHeader(message: Uint8Array, from: Peer): Result<Hl7Header, Fault> {
  const opening = readOpening(message, from);
  if (!opening.ok) return opening;
  const { text, encodingCharacters, separators } = opening.value;
  const fields = firstFields(text, separators.field, 18);
  const msh = (number: number): string => fields[number - 1] ?? '';
  const [messageType = '', triggerEvent = ''] = firstFields(msh(9), separators.component, 2);
  return ok({
    separators,
    encodingCharacters,
    sendingApplication: msh(3),
    sendingFacility: msh(4),
    receivingApplication: msh(5),
    receivingFacility: msh(6),
    time: msh(7),
    messageType,
    triggerEvent,
    controlId: msh(10),
    processingId: msh(11),
    version: msh(12),
    acceptAcknowledgement: msh(15),
    applicationAcknowledgement: msh(16),
    characterSet: msh(18),
  });
}

/** Reads no more of the MSH segment than what separates fields. Error: `hl7-header-malformed`. */
export function readSeparators(message: Uint8Array, from: Peer): Result<Separators, Fault> {
  const opening = readOpening(message, from);
  return opening.ok ? ok(opening.value.separators) : opening;
}

type Opening = { readonly text: string; readonly encodingCharacters: string; readonly separators: Separators };

function readOpening(message: Uint8Array, from: Peer): Result<Opening, Fault> {
  const malformed = (why: string) => err(faultOf(from)('hl7-header-malformed', why));

  const text = firstSegment(message);
  if (!text.startsWith('MSH')) return malformed('a message must begin with an MSH segment');
  if (/[\x0b\x1c]/.test(text)) return malformed('an MSH segment must not hold the bytes that frame a message');
  const field = text.slice(3, 4);
  const [, encodingCharacters = ''] = firstFields(text, field, 2);
  const separators = separatorsOf(field, encodingCharacters);
  if (separators === undefined) return malformed('MSH-1 and MSH-2 must be separators that differ from each other');
  return ok({ text, encodingCharacters, separators });
}

/** As `split` does, and several times as fast for a text as short as these. */
function firstFields(text: string, separator: string, count: number): readonly string[] {
  const fields: string[] = [];
  let start = 0;
  for (
    let end = indexOf(text, separator, 0);
    end >= 0 && fields.length < count;
    end = indexOf(text, separator, start)
  ) {
    fields.push(text.slice(start, end));
    start = end + 1;
  }
  if (fields.length < count) fields.push(text.slice(start));
  return fields;
}

const indexOf = (text: string, separator: string, from: number): number =>
  separator === '' ? -1 : text.indexOf(separator, from);

/** All but a few systems use these. */
const USUAL: Separators = { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' };

/** The separators that MSH-1 and MSH-2 name; undefined where they cannot be any. */
function separatorsOf(field: string, encodingCharacters: string): Separators | undefined {
  if (field === '|' && encodingCharacters === '^~\\&') return USUAL;
  const used = field + encodingCharacters;
  if (!/^[^\0-\x1f\x7fA-Za-z0-9]{2,6}$/.test(used) || new Set(used).size !== used.length) return undefined;
  const [component = '', repetition = '', escape = '', subcomponent = ''] = encodingCharacters;
  return { field, component, repetition, escape, subcomponent };
}

/** Reads whom a message is about: undefined where it has no PID-3. Patient data: reveal it to compare it, never to show it. */
export function readPatientId(message: Uint8Array, { separators }: Hl7Header): Secret<PatientId> | undefined {
  const field = readFields(message, 'PID', separators)?.[3] ?? '';
  const [repetition = ''] = splitAt(field, separators.repetition);
  const [id = '', , , assigningAuthority = ''] = splitAt(repetition, separators.component);
  if (id === '') return undefined;
  return new Secret({
    id: unescapeText(id, separators),
    assigningAuthority: unescapeText(assigningAuthority, separators),
  });
}

/** The fields of the first segment called `name`, field number n at place n; undefined where there is none. */
export function readFields(message: Uint8Array, name: string, { field }: Separators): readonly string[] | undefined {
  const bytes = viewOf(message);
  const terminator = terminatorOf(bytes);
  const wanted = name + field;
  for (let at = bytes.indexOf(wanted, 0, 'latin1'); at >= 0; at = bytes.indexOf(wanted, at + 1, 'latin1')) {
    if (isFirstOfSegment(bytes, at, terminator)) return segmentAt(bytes, at, terminator).split(field);
  }
  return undefined;
}

const CR = 0x0d;
const LF = 0x0a;

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/** Segments end with CR. Some senders write CR LF, and some only LF; a lone LF between CRs is text. */
const terminatorOf = (bytes: Buffer): number => (bytes.includes(CR) ? CR : LF);

function isFirstOfSegment(bytes: Buffer, at: number, terminator: number): boolean {
  const [before, second] = [bytes[at - 1], bytes[at - 2]];
  if (before === undefined || before === terminator) return true;
  return before === LF && (second === undefined || second === terminator);
}

function segmentAt(bytes: Buffer, start: number, terminator: number): string {
  const end = bytes.indexOf(terminator, start);
  return bytes.toString('latin1', start, end < 0 ? bytes.length : end);
}

function firstSegment(message: Uint8Array): string {
  const bytes = viewOf(message);
  let start = 0;
  while (bytes[start] === CR || bytes[start] === LF) start += 1;
  return segmentAt(bytes, start, terminatorOf(bytes));
}

const splitAt = (text: string, separator: string): readonly string[] =>
  separator === '' ? [text] : text.split(separator);

const ESCAPES = [
  ['F', 'field'],
  ['S', 'component'],
  ['T', 'subcomponent'],
  ['R', 'repetition'],
  ['E', 'escape'],
] as const;

/** Replaces the escape sequences that stand for separators (HL7 v2 §2.7.1); formatting and character sets stay. */
function unescapeText(text: string, separators: Separators): string {
  if (separators.escape === '') return text;
  const delimiter = `\\x${separators.escape.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return text.replace(new RegExp(`${delimiter}([^${delimiter}]*)${delimiter}`, 'g'), (sequence, letter: string) => {
    const known = ESCAPES.find(([name]) => name === letter);
    return known === undefined ? sequence : separators[known[1]];
  });
}

/** Writes `text` so that it can stand in a field: separators as escape sequences, only printable ASCII. */
export function escapeText(text: string, separators: Separators): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  if (!ESCAPES.some(([, name]) => printable.includes(separators[name]) && separators[name] !== '')) return printable;
  return Array.from(printable, (character) => {
    const known = ESCAPES.find(([, name]) => separators[name] === character);
    if (known === undefined) return character;
    return separators.escape === '' ? ' ' : `${separators.escape}${known[0]}${separators.escape}`;
  }).join('');
}
