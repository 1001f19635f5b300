import { proven } from './best.ts';
import { explain } from './explain.ts';
import { answerTime, isKnown } from './pace.ts';
import type { PoolState, ServerState } from './state.ts';
import type { Explanation, SteeringLimits } from './types.ts';

/** How a pool is steered now, for people and programs. */
export type PoolSteering = {
  /** The pool's name in the engine. */
  readonly backend: string;
  readonly mode: SteeringLimits['mode'];
  /** Why nothing is nudged just now though it may be, in words. Undefined: all is well. */
  readonly hindrance: string | undefined;
  /** Answers in a second, lately. Undefined: not known yet. */
  readonly rate: number | undefined;
  readonly servers: readonly ServerSteering[];
};

/** How a server is treated: `resting` while the others can carry the load, `out` or on `trial` for what it did. */
export type Treatment = 'in' | 'resting' | 'returning' | 'trial' | 'out' | 'down';

export type ServerSteering = Explanation & {
  readonly treatment: Treatment;
  /** For an answer now, ms. Undefined: not known yet. */
  readonly answerTime: number | undefined;
  /** The least it took lately, ms: while it has little to do, and is as fast as it can be. Undefined: not known yet. */
  readonly leastTime: number | undefined;
  readonly inFlight: number;
  /** How many requests it works on at once, as far as that was found. */
  readonly foundLimit: number | undefined;
  /** How many it was at least seen to work on at once, lately. */
  readonly provenLimit: number;
};

/** What is known of a pool and done about it. */
export const statusOf = (
  backend: string,
  mode: SteeringLimits['mode'],
  pool: PoolState,
  hindrance?: string,
): PoolSteering => ({
  backend,
  mode,
  hindrance,
  rate: pool.rate === undefined ? undefined : pool.rate * 1000,
  servers: explain(pool).map((explanation) => serverStatus(explanation, pool.servers.get(explanation.server))),
});

const serverStatus = (explanation: Explanation, state: ServerState | undefined): ServerSteering => ({
  ...explanation,
  treatment: state === undefined ? 'in' : treatmentOf(state),
  answerTime: state && isKnown(state.pace) ? answerTime(state.pace) : undefined,
  leastTime: state && Number.isFinite(state.best.time) ? state.best.time : undefined,
  inFlight: state?.pace.inFlight ?? 0,
  foundLimit: state?.limit.at,
  provenLimit: state ? proven(state.best) : 0,
});

const treatmentOf = ({ standing, resting }: ServerState): Treatment =>
  standing.is === 'in' && resting !== undefined ? 'resting' : standing.is;
