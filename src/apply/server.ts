import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import {
  type AdministrativeState,
  forgetClients,
  oldSessions,
  type Samples,
  samples,
  setServerState,
} from '#engines/haproxy';
import { ask } from '#engines/relay';
import { withRelay } from '#observe';
import type { Desired } from '#plan';

import type { Place } from './places.ts';
import type { State } from './state.ts';

/** Changes what servers may get, now and without a reload. Stops at the first that refuses. */
export async function setServers(
  state: State,
  places: readonly Place[],
  wanted: AdministrativeState,
): Promise<Result<void, Fault>> {
  for (const { backend, server } of places) {
    const set = await setServerState(state.haproxy, backend.name, server.name, wanted);
    if (!set.ok) return set;
    // A web session lives on its server until it ends; whoever connects anew in another protocol begins anew.
    if (wanted === 'ready' || backend.protocol === 'http' || backend.persistence.kind !== 'source') continue;
    const forgotten = await forgetClients(state.haproxy, backend.name, server.name);
    if (!forgotten.ok) return forgotten;
  }
  // Where no relay answers, none sends anything; and it looks by itself in a moment.
  if (places.some(({ backend }) => backend.protocol === 'hl7')) await ask(state.relay, { command: 'look' });
  return ok(undefined);
}

/** How much is under way on servers. What workers hold that finish what they began before a reload counts too. */
export type InUse = {
  readonly left: (place: Place) => number;
  /** What was ever begun on a server: where it grows, somebody still comes. */
  readonly begun: (place: Place) => number;
  readonly samples: Samples;
};

/** What is in use in some pools, by their names in the engine. */
export async function inUse(state: State, desired: Desired, pools: ReadonlySet<string>): Promise<Result<InUse, Fault>> {
  const current = await samples(state.haproxy, pools);
  if (!current.ok) return current;
  const seen = await withRelay(current.value, state, desired);
  const old = await oldSessions(state.haproxy, pools);
  const servers = new Map(seen.servers.map((sample) => [`${sample.backend}/${sample.server}`, sample]));
  return ok({
    left: ({ key }) => (servers.get(key)?.sessions ?? 0) + (old.get(key) ?? 0),
    begun: ({ key }) => servers.get(key)?.totalSessions ?? 0,
    samples: seen,
  });
}
