import type { Best } from './best.ts';
import type { Limit } from './limit.ts';
import type { Pace } from './pace.ts';
import type { Share } from './share.ts';
import type { Spread } from './spread.ts';
import type { Standing } from './standing.ts';
import type { Felt } from './telemetry.ts';
import type { Nudge } from './types.ts';

/** What is remembered of a pool from tick to tick. Opaque: only `steer` makes it. */
export type PoolState = {
  readonly servers: ReadonlyMap<string, ServerState>;
  /** Answers in a ms. */
  readonly rate: number | undefined;
  readonly spread: Spread;
  /** Ticks in a row without a word from HAProxy. */
  readonly missed: number;
  readonly nudges: readonly Nudge[];
};

export type ServerState = {
  /** How many of its sessions are answered and go on; a fraction where it is not sure yet. */
  readonly held: number;
  readonly pace: Pace;
  readonly best: Best;
  readonly limit: Limit;
  readonly standing: Standing;
  readonly felt: Felt;
  /** Undefined: it takes no part in sharing (out, on trial, down). */
  readonly share: Share | undefined;
  /** It looks bad, as too many do. */
  readonly doubted: boolean;
  /** ms since it rests or was last probed; undefined: it does not rest. */
  readonly resting: number | undefined;
  /** ms since it answers later than is usual. */
  readonly slowFor: number;
  /** In percent of the configured one. */
  readonly weight: number;
  readonly limitNow: number | undefined;
};
