export { newPool, steer } from './steer.ts';
export type { Steered } from './steer.ts';
export type { PoolState } from './state.ts';
export { explain, noticeInWords, notices } from './explain.ts';
export { steeredPools } from './pools.ts';
export type { SteeredPool } from './pools.ts';
export { statusOf } from './status.ts';
export type { PoolSteering, ServerSteering, Treatment } from './status.ts';
export { reasons } from './reasons.ts';
export type { Configured, Explanation, Notice, Nudge, PoolInput, Reason, ReasonCode, SteeringLimits } from './types.ts';
export {
  arrivalsOf,
  doubts,
  forecast,
  lawful,
  modelled,
  modelOf,
  observed,
  random,
  run,
  simulated,
  summary,
} from './model/index.ts';
export type {
  Change,
  Chooser,
  ClassModel,
  Ended,
  Expected,
  Forecast,
  Model,
  Observed,
  ObservedServer,
  Outcome,
  Policy,
  Said,
  Seen,
  SeenPool,
  ServerModel,
  Setting,
  Summary,
  TrueServer,
  WhatIf,
} from './model/index.ts';
