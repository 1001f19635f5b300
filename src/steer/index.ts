export { newPool, steer } from './steer.ts';
export type { Steered } from './steer.ts';
export type { PoolState } from './state.ts';
export { explain, notices } from './explain.ts';
export { reasons } from './reasons.ts';
export type { Configured, Explanation, Notice, Nudge, PoolInput, Reason, ReasonCode, SteeringLimits } from './types.ts';
export { random, run, summary } from './model/index.ts';
export type {
  Change,
  Chooser,
  ClassModel,
  Ended,
  Model,
  Outcome,
  Policy,
  Seen,
  SeenPool,
  ServerModel,
  Setting,
  Summary,
  TrueServer,
} from './model/index.ts';
