import { approximate } from '#lib';
import { inForce } from './limit.ts';
import { answerTime, isKnown } from './pace.ts';
import type { Share } from './share.ts';
import type { PoolState, ServerState } from './state.ts';
import type { Explanation, Notice, Reason, ReasonCode, SteeringLimits } from './types.ts';

/** From this ratio on, and for this long, in ms, a server's pace is a reason to name. */
const NOTABLE = 1.3;

/** Below this, in ms, a ratio says more of the clock than of the server: it is not told. */
const COMPARABLE = 1;

/** By so much, in ms, answers have to be later than is usual for anybody to notice: what is less is no event. */
const FELT = 5;

/** What is told as an event has to have lasted so long, in ms, so that a server on the brink does not flood. Out and back is told at once. */
const LASTING = 5000;

/** Why every server of a pool is treated as it is, in the order of the state. */
export const explain = (pool: PoolState): readonly Explanation[] =>
  [...pool.servers].map(([server, state]) => {
    const reasons =
      pool.missed >= 3 ? [reason('unseen', 'HAProxy was not heard for three intervals')] : reasonsFor(state);
    const weight = Math.round(state.weight);
    const [first, ...more] = reasons.filter(({ code }) => code !== 'limited');
    const limit = reasons.find(({ code }) => code === 'limited');
    const said = [`weight ${weight}: ${[first, ...more].map((each) => each?.words).join(', ')}`, limit?.words];
    return { server, weight, limit: state.limitNow, reasons, words: said.filter(Boolean).join('; ') };
  });

/**
 * What is worth an event between two states of a pool: a server went out or came back, is at rest or slow for some seconds, or is no more. The same is not
 * said twice in a row.
 */
export function notices(before: PoolState, after: PoolState): readonly Notice[] {
  return [...after.servers].flatMap(([server, state]) => {
    const old = before.servers.get(server);
    const told = old ? tellable(old) : 'neutral';
    const code = tellable(state);
    if (code === told || code === undefined) return [];
    const reasons = reasonsFor(state);
    // That it is slow is told under several reasons: it rests, it is needed, or neither.
    const why = reasons.find((each) => each.code === code) ?? (code === 'slow' ? reasons[0] : undefined);
    const words = why?.words ?? 'as configured again';
    return [{ server, code, words }];
  });
}

/** What a notice is to a person: `portal/ehr2 is given nothing new: 83 % of its answers are errors, out for 1 s`. */
export function noticeInWords(label: string, { code, words }: Notice, mode: SteeringLimits['mode']): string {
  const [is, would] = code in EFFECTS ? EFFECTS[code as keyof typeof EFFECTS] : EFFECTS.neutral;
  return `${label} ${mode === 'on' ? is : would}: ${words}`;
}

/** What is done to a server under the codes that are told; and what would be. */
const EFFECTS = {
  neutral: ['is treated as configured again', 'would be treated as configured again'],
  slow: ['is given less', 'would be given less'],
  failing: ['is given nothing new', 'would be given nothing new'],
  silent: ['is given nothing new', 'would be given nothing new'],
  returning: ['is given more and more again', 'would be given more and more again'],
  down: ['is left to its checks', 'is left to its checks'],
  doubted: ['is given what it had', 'would be given what it had'],
} as const satisfies Partial<Record<ReasonCode, readonly [string, string]>>;

const reason = (code: ReasonCode, words: string): Reason => ({ code, words });

/** The code under which a server's state is told, or undefined while it is not clear yet. */
function tellable(state: ServerState): ReasonCode | undefined {
  const { standing, share, pace, slowFor } = state;
  if (state.doubted) return 'doubted';
  if (standing.is === 'out' || standing.is === 'trial') return standing.why;
  if (standing.is === 'down') return 'down';
  if (standing.is === 'returning') return 'returning';
  return share !== undefined && slowFor >= LASTING && answerTime(pace) - share.usual >= FELT ? 'slow' : 'neutral';
}

function reasonsFor(state: ServerState): readonly Reason[] {
  const found = [standingOf(state), paceOf(state), ...feltIn(state)].filter((each) => each !== undefined);
  const why =
    found.length > 0 ? found : [isKnown(state.pace) ? neutral(state) : reason('learning', 'too few answers yet')];
  return [...why, ...limitOf(state)];
}

/** Only where it has the limit that was found. There are others: the spec's, less while it rests or comes back, none where sessions stay. */
function limitOf({ limit, limitNow }: ServerState): readonly Reason[] {
  if (limit.at === undefined || limitNow === undefined || limitNow !== inForce(limit)) return [];
  return [reason('limited', `limit ${limitNow}: more than ${limit.at} at once made answers slower, not more`)];
}

function standingOf({ standing, doubted }: ServerState): Reason | undefined {
  if (doubted) return reason('doubted', 'too many servers look bad at once to believe it');
  switch (standing.is) {
    case 'down':
      return reason('down', 'HAProxy gives it no work');
    case 'out':
    case 'trial': {
      const share = Math.round((100 * standing.errors) / Math.max(1, standing.answers));
      const cause =
        standing.why === 'silent' ? 'it has requests and answers none' : `${share} % of its answers are errors`;
      const since = `for ${approximate(standing.for)}`;
      return standing.is === 'out'
        ? reason(standing.why, `${cause}, out ${since}`)
        : reason('trial', `${cause}; one request at a time to see whether it is well`);
    }
    case 'returning':
      return reason('returning', `it came back ${approximate(standing.for)} ago, its share grows`);
    case 'in':
      return undefined;
  }
}

function paceOf({ share, pace, slowFor, resting }: ServerState): Reason | undefined {
  if (share === undefined || !isKnown(pace)) return undefined;
  const times = `answers take ${timeInWords(answerTime(pace))}, ${besideUsual(share)}`;
  const since = slowFor >= 1000 ? `, for ${approximate(slowFor)}` : '';
  if (resting !== undefined) return reason('resting', `${times}${since}, and the others can carry the load`);
  if (share.ratio >= NOTABLE) {
    const code = share.needed === undefined ? 'slow' : 'needed';
    return reason(code, `${times}${since}${code === 'needed' ? `, and ${share.needed} at once of it are needed` : ''}`);
  }
  return share.ratio <= 1 / NOTABLE ? reason('fast', times) : undefined;
}

const besideUsual = ({ ratio, usual }: Share): string => {
  if (usual < COMPARABLE) return `where ${timeInWords(usual)} is usual in the pool`;
  const times = ratio < 0.1 ? `1/${Math.round(1 / ratio)} of` : `${ratio.toFixed(ratio < 10 ? 1 : 0)} ×`;
  return `${times} the pool's usual ${timeInWords(usual)}`;
};

/** `0.4 ms`, `44 ms`: a digit where there would be none. */
function timeInWords(milliseconds: number): string {
  if (milliseconds < 0.1) return 'less than 0.1 ms';
  return `${milliseconds < 0.95 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

function feltIn({ felt, share }: ServerState): readonly Reason[] {
  const found: Reason[] = [];
  if (felt.pressure > 0.1 && (share?.ratio ?? 1) >= 1.1) {
    found.push(
      reason('busy', `it is short of CPU or memory (${Math.round(100 * felt.pressure)} % of the way to its end)`),
    );
  }
  if (felt.wish < 0.95) found.push(reason('asked', `its agent asks for ${Math.round(100 * felt.wish)} %`));
  return found;
}

const neutral = ({ pace, share }: ServerState): Reason =>
  reason(
    'neutral',
    share === undefined
      ? `answers take ${timeInWords(answerTime(pace))}`
      : `answers take ${timeInWords(answerTime(pace))}, as is usual (${timeInWords(share.usual)})`,
  );
