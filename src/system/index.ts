export { errors } from './errors.ts';
export { run } from './run.ts';
export type { Ran, RunOptions } from './run.ts';
export {
  exists,
  linkAtomically,
  linkTarget,
  list,
  makeDirectory,
  readText,
  remove,
  rename,
  writeAtomically,
} from './files.ts';
export { exchange, follow, socketPath } from './sockets.ts';
export { now, pause, poll } from './clock.ts';
export { isAlive, isRoot, signal, startDetached } from './processes.ts';
