import { stop } from '#engines/haproxy';
import { stop as stopRelay } from '#engines/relay';

import type { State } from './state.ts';

/**
 * Ends the engines in order, both at once: what the relay ends, HAProxy need not wait for. See each engine's own `stop`. `grace`
 * in ms. Returns false where something was cut.
 */
export async function stopEngines(state: State, grace: number): Promise<boolean> {
  const ended = await Promise.all([stop(state.haproxy, grace), stopRelay(state.relay, grace)]);
  return ended.every(Boolean);
}
