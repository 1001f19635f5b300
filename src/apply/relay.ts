import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { type DesiredOfRelay, installed, put, render, type Rendered, status, stop, storedQueues } from '#engines/relay';
import type { Relay } from '#plan';
import { exists } from '#system';

import type { State } from './state.ts';

/** What the relay would be told, on this machine. */
export const renderRelay = (state: State, desired: DesiredOfRelay): Rendered =>
  render(desired, state.relay, state.haproxy.statsSocket);

/** Nothing for the relay to do. */
export const NO_RELAYS: DesiredOfRelay = { relays: [], files: [] };

/** Whether there has to be a relay: it passes messages on, or holds some that nobody serves any more. */
export function needsRelay(state: State, relays: readonly Relay[]): boolean {
  if (relays.length > 0) return true;
  const stored = storedQueues(state.relay);
  return stored.ok && stored.value.length > 0;
}

/**
 * Has the relay pass on the messages of the services that are desired and of no others. One that does already is not told; one
 * that does not run is started where there is something to do. `isSure`: false where it may have been told something else than its file says.
 * Returns whether it was told or started.
 */
export async function serveRelays(
  state: State,
  desired: DesiredOfRelay,
  isSure = true,
): Promise<Result<boolean, Fault>> {
  const { relays } = desired;
  const isUsed = relays.length > 0 || exists(state.relay.configuration);
  const running = isUsed && (await status(state.relay)).ok;
  if (!running && !needsRelay(state, relays)) return ok(false);
  const rendered = renderRelay(state, desired);
  if (running && isSure && rendered.text === installed(state.relay)) return ok(false);
  const done = await put(state.relay, rendered);
  return done.ok ? ok(true) : done;
}

/** How long a relay that has nothing to do may take to end, ms. */
const PARTING = 5_000;

/** Ends a relay that serves nothing and holds nothing: no controller is left that would, where the first start came to nothing. */
export async function endIdleRelay(state: State): Promise<void> {
  if (!needsRelay(state, [])) await stop(state.relay, PARTING);
}

/**
 * What the relay serves while HAProxy changes over: what HAProxy sends it now, as it is, and what HAProxy will send it. So no
 * connection comes to a socket that nobody listens on.
 */
export const duringChange = (before: DesiredOfRelay, after: DesiredOfRelay): DesiredOfRelay => ({
  relays: [...before.relays, ...after.relays.filter(({ name }) => !before.relays.some((relay) => relay.name === name))],
  files: [...before.files, ...after.files],
});
