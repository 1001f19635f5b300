import { stop } from '#engines/haproxy';

import type { State } from './state.ts';

/** Ends the engines in order: see the engine's own `stop`. `grace` in ms. Returns false where something was cut. */
export const stopEngines = (state: State, grace: number): Promise<boolean> => stop(state.haproxy, grace);
