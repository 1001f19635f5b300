import type { PoolLoad, TelemetryReading } from '#observe';
import type { reasons } from './reasons.ts';

/** What the spec says of steering a pool: `steering: { mode: on, floor: 10% }`. */
export type SteeringLimits = {
  /** `observe`: what would be done is said and not done. */
  readonly mode: 'observe' | 'on';
  /** The least share of its configured weight that a server keeps while it is in. 0–1. */
  readonly floor: number;
  /** The most servers of a pool that may be out or resting at once, as a share of them. 0–1; one always stays in. */
  readonly mostOut: number;
  /** How long a server that was down takes to its full share, in ms. */
  readonly slowStart: number;
  /** Whether limits are found and set. Where not, the configured ones stay, and only weights are nudged. */
  readonly findLimits: boolean;
};

/** A server as the spec has it. */
export type Configured = {
  readonly server: string;
  /** HAProxy's weight, 1–256. */
  readonly weight: number;
  /** The most at once, which a found limit never exceeds. Undefined: the spec does not say. */
  readonly limit: number | undefined;
};

/** What the law is told at a tick. */
export type PoolInput = {
  readonly backend: string;
  readonly servers: readonly Configured[];
  /** Undefined: HAProxy was not heard in this tick. */
  readonly load: PoolLoad | undefined;
  /** By server. What is stale or not there is not known, and nothing is made of it. */
  readonly telemetry: ReadonlyMap<string, TelemetryReading>;
};

/** A passing change of a server's share of work. It never edits the spec. */
export type Nudge = {
  readonly backend: string;
  readonly server: string;
  /** For HAProxy's `set server weight`, 0–256. 0: nothing new goes there. */
  readonly weight: number;
  /** For HAProxy's `set maxconn server`. Undefined: as configured, or none. */
  readonly limit: number | undefined;
  /** False in `observe`: to be shown and not to be done. */
  readonly inForce: boolean;
};

/** Why a server has the weight and the limit that it has, in one sentence with the numbers. */
export type Explanation = {
  readonly server: string;
  /** The share of its configured weight, in percent. */
  readonly weight: number;
  readonly limit: number | undefined;
  /** The weightiest first. */
  readonly reasons: readonly Reason[];
  /** `weight 43: answers take 118 ms, 2.3 × the pool's usual 51 ms, for 40 s; limit 8: more than 7 at once made answers slower, not more`. */
  readonly words: string;
};

export type Reason = { readonly code: ReasonCode; readonly words: string };

/** Something that changed and is worth an event. */
export type Notice = Reason & { readonly server: string };

export type ReasonCode = keyof typeof reasons;
