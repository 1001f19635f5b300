import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { installed, put, render, status, storedQueues } from '#engines/relay';
import type { Relay } from '#plan';
import { exists } from '#system';

import type { State } from './state.ts';

/** What the relay would be told, on this machine. */
export const renderRelay = (state: State, relays: readonly Relay[]): string =>
  render(relays, state.relay, state.haproxy.statsSocket);

/** Whether there has to be a relay: it passes messages on, or holds some that nobody serves any more. */
export function needsRelay(state: State, relays: readonly Relay[]): boolean {
  if (relays.length > 0) return true;
  const stored = storedQueues(state.relay);
  return stored.ok && stored.value.length > 0;
}

/**
 * Has the relay pass on the messages of these services and of no others. One that does already is not told; one that does not
 * run is started where there is something to do. `isSure`: false where it may have been told something else than its file says.
 * Returns whether it was told or started.
 */
export async function serveRelays(
  state: State,
  relays: readonly Relay[],
  isSure = true,
): Promise<Result<boolean, Fault>> {
  const isUsed = relays.length > 0 || exists(state.relay.configuration);
  const running = isUsed && (await status(state.relay)).ok;
  if (!running && !needsRelay(state, relays)) return ok(false);
  const text = renderRelay(state, relays);
  if (running && isSure && text === installed(state.relay)) return ok(false);
  const done = await put(state.relay, text);
  return done.ok ? ok(true) : done;
}

/**
 * What the relay serves while HAProxy changes over: what HAProxy sends it now, as it is, and what HAProxy will send it. So no
 * connection comes to a socket that nobody listens on.
 */
export const duringChange = (before: readonly Relay[], after: readonly Relay[]): readonly Relay[] => [
  ...before,
  ...after.filter(({ name }) => !before.some((relay) => relay.name === name)),
];
