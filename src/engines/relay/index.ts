export { relayLayoutOf } from './layout.ts';
export type { RelayLayout } from './layout.ts';
export { ask, followRelay, status } from './ask.ts';
export type { RelayCommand } from './ask.ts';
