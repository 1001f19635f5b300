export { relayLayoutOf } from './layout.ts';
export type { RelayLayout } from './layout.ts';
export { render } from './render.ts';
export { judge } from './judge.ts';
export type { Complaint } from './judge.ts';
export { installed, put, stop } from './run.ts';
export { storedQueues } from './stored.ts';
export { ask, followRelay, status } from './ask.ts';
export type { RelayCommand } from './ask.ts';
