import { DEADLINE, NO_ANSWER, NO_SENSE, TOO_LARGE } from '#system';

import { distrustInWords } from '../probe/words.ts';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  EHOSTUNREACH: 'no way to the host',
  ENETUNREACH: 'no way to its network',
  ETIMEDOUT: 'no answer to the connection attempt',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'its name has no address',
  EAI_AGAIN: 'its name cannot be resolved now',
  EMFILE: 'too many open files on this machine',
  [NO_ANSWER]: 'the connection ended before an answer',
  [NO_SENSE]: 'what answers there is something else',
  [TOO_LARGE]: 'the answer is longer than 4 MiB',
};

/** Why there is no answer, by the code of what happened. */
export function troubleInWords(code: string, within: number): string {
  if (code === DEADLINE) return `no answer within ${within} ms`;
  if (/^ERR_SSL_(WRONG_VERSION|PACKET_LENGTH)/.test(code)) return 'what answers there does not speak TLS';
  const distrust = distrustInWords(code);
  return distrust === undefined ? (WORDS[code] ?? `cannot be reached (${code})`) : `its ${distrust}`;
}

/** Why an HTTP answer is none that can be read. */
export function statusInWords(status: number): string {
  if (status === 401 || status === 403) return `it answers ${status}: it wants another authorization`;
  return status === 404 ? 'it answers 404: there is no such page' : `it answers ${status}`;
}
