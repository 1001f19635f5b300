/** One message of about a kilobyte, an observation as a laboratory sends it, and where the parts of it are that change. */

const ID_DIGITS = 10;
const PATIENT_DIGITS = 6;

const END_BLOCK = 0x1c;
const CR = 0x0d;

const HEAD = '\x0bMSH|^~\\&|LAB|ST_E|EHR|ST_E|20261124101500||ORU^R01|';
const BEFORE_PATIENT = '|P|2.5\rPID|1||';
const AFTER_PATIENT = '^^^MPI||DOE^ANN||19700101|F\rOBR|1|1234|5678|GLU^GLUCOSE\r';
const OBSERVATION = 'OBX|1|NM|2345-7^GLUCOSE^LN||98|mg/dL|70-105|N|||F|||20261124101500\r';
const ACK_HEAD = '\x0bMSH|^~\\&|EHR|ST_E|LAB|ST_E|20261124101500||ACK^R01|1|P|2.5\rMSA|AA|';

const ID_AT = HEAD.length;
const PATIENT_AT = ID_AT + ID_DIGITS + BEFORE_PATIENT.length;

/** A message in its frame, whose control id and patient are written into it with `number`. */
export function newMessage(): Buffer {
  const [id, patient] = ['0'.repeat(ID_DIGITS), '0'.repeat(PATIENT_DIGITS)];
  const text = `${HEAD}${id}${BEFORE_PATIENT}${patient}${AFTER_PATIENT}${OBSERVATION.repeat(12)}\x1c\r`;
  return Buffer.from(text, 'latin1');
}

export function number(message: Buffer, id: number, patient: number): void {
  writeDigits(message, ID_AT, ID_DIGITS, id);
  writeDigits(message, PATIENT_AT, PATIENT_DIGITS, patient);
}

/** Which message and which patient the frame that begins at `start` is of. */
export const idIn = (bytes: Buffer, start: number): number => readDigits(bytes, start + ID_AT, ID_DIGITS);
export const patientIn = (bytes: Buffer, start: number): number =>
  readDigits(bytes, start + PATIENT_AT, PATIENT_DIGITS);

/** An acknowledgement in its frame, into which `acknowledge` writes whose it is. */
export const newAcknowledgement = (): Buffer => Buffer.from(`${ACK_HEAD}${'0'.repeat(ID_DIGITS)}\r\x1c\r`, 'latin1');

export function acknowledge(acknowledgement: Buffer, message: Buffer, start: number): void {
  message.copy(acknowledgement, ACK_HEAD.length, start + ID_AT, start + ID_AT + ID_DIGITS);
}

/** The places after each end block in a chunk. */
export function endsIn(chunk: Buffer, length = chunk.length): readonly number[] {
  const ends: number[] = [];
  for (let at = chunk.indexOf(END_BLOCK); at >= 0 && at < length - 1; at = chunk.indexOf(END_BLOCK, at + 1)) {
    if (chunk[at + 1] === CR) ends.push(at + 2);
  }
  return ends;
}

function writeDigits(bytes: Buffer, at: number, digits: number, value: number): void {
  for (let [place, rest] = [digits - 1, value]; place >= 0; place -= 1, rest = Math.floor(rest / 10)) {
    bytes[at + place] = 0x30 + (rest % 10);
  }
}

function readDigits(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let place = 0; place < digits; place += 1) value = value * 10 + ((bytes[at + place] ?? 0) - 0x30);
  return value;
}
