export { run } from './run.ts';
export { summary } from './summary.ts';
export type { Summary } from './summary.ts';
export { random } from './random.ts';
export { arrivalsOf } from './arrivals.ts';
export * as simulated from './server.ts';
export { lawful } from './lawful.ts';
export { forecast } from './forecast.ts';
export type { Expected, Forecast } from './forecast.ts';
export { doubts, modelled, modelOf, observed } from './observed.ts';
export type { Observed, ObservedServer, Said, WhatIf } from './observed.ts';
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
  TrueServer,
} from './types.ts';
