/** What a feedback agent says in one line. */
export type Feedback = {
  /** The share of its configured weight that it asks for: `75%` is 0.75. It may ask for more than all of it. */
  readonly wish: number | undefined;
  readonly says: 'up' | 'drain' | 'maint' | 'down' | undefined;
  /** Connections at one time (`maxconn:30`). */
  readonly limit: number | undefined;
  /** It leaves the connection open and answers again when it is sent a line (`#keep-alive`, a word of ours). */
  readonly keepsOpen: boolean;
  /** Words that mean nothing. */
  readonly garbage: number;
};

/** HAProxy takes weights up to this share. */
const MOST = 256;

const OPERATIONAL: ReadonlyMap<string, 'up' | 'down'> = new Map([
  ['up', 'up'],
  ['down', 'down'],
  ['fail', 'down'],
  ['stopped', 'down'],
]);

const ADMINISTRATIVE: ReadonlyMap<string, 'up' | 'drain' | 'maint'> = new Map([
  ['ready', 'up'],
  ['drain', 'drain'],
  ['maint', 'maint'],
]);

/**
 * Reads a line in the grammar of HAProxy's agent-check (configuration manual, `agent-check`): words apart by blanks or
 * commas, in capitals or not; what follows `#` is a reason for people, and may hold anything. Of words that contradict
 * each other the last counts; `down` weighs more than `drain`, which weighs more than `up`.
 */
export function readFeedback(line: string): Feedback {
  let wish: number | undefined;
  let limit: number | undefined;
  let operational: 'up' | 'down' | undefined;
  let administrative: 'up' | 'drain' | 'maint' | undefined;
  let garbage = 0;
  const [first = ''] = line.split(/[\r\n]/, 1);
  for (const written of first.split(/[ \t,]+/)) {
    if (written.startsWith('#')) break;
    if (written === '') continue;
    const word = written.toLowerCase();
    const share = /^(\d{1,6})%$/.exec(word)?.[1];
    const most = /^maxconn:(\d{1,9})$/.exec(word)?.[1];
    if (share !== undefined) wish = Math.min(MOST, Number(share) / 100);
    else if (most !== undefined) limit = Number(most);
    else if (OPERATIONAL.has(word)) operational = OPERATIONAL.get(word);
    else if (ADMINISTRATIVE.has(word)) administrative = ADMINISTRATIVE.get(word);
    else garbage += 1;
  }
  const says = operational === 'down' ? 'down' : (stronger(administrative) ?? operational ?? administrative);
  return { wish, says, limit, keepsOpen: first.trimEnd().endsWith('#keep-alive'), garbage };
}

const stronger = (word: 'up' | 'drain' | 'maint' | undefined): 'drain' | 'maint' | undefined =>
  word === 'up' ? undefined : word;
