export { run } from './run.ts';
export { summary } from './summary.ts';
export type { Summary } from './summary.ts';
export { random } from './random.ts';
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
