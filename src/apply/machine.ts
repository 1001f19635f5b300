import type { Version } from '#engines/haproxy';
import type { Store } from '#store';

import type { State } from './state.ts';

/** What a controller works with: where its files lie, the engine of this machine, and what is remembered. */
export type Machine = { readonly state: State; readonly version: Version; readonly store: Store };
