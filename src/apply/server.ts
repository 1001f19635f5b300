import type { Fault, Result } from '#lib';
import { err, nearest, ok } from '#lib';
import { type AdministrativeState, forgetClients, oldSessions, samples, setServerState } from '#engines/haproxy';
import { type Backend, type BackendServer, type Desired, serverLabel } from '#plan';

import { now, pause } from '#system';

import { fault } from './errors.ts';
import { readRecord } from './record.ts';
import type { State } from './state.ts';

/** A server in one of its pools. */
export type Place = { readonly backend: Backend; readonly server: BackendServer; readonly label: string };

/**
 * Finds what `SERVICE/SERVER` or `SERVICE/POOL/SERVER` names in what runs; with `everywhere`, also the same host in all
 * other services.
 */
export function findServer(state: State, name: string, everywhere: boolean): Result<readonly Place[], Fault> {
  const record = readRecord(state);
  if (!record.ok) return record;
  if (record.value === undefined) {
    return err(fault('apply-no-record', `nothing was applied in ${state.directory} yet; start with: vagus run FILE`));
  }
  const places = placesIn(record.value.desired);
  const named = places.filter(
    ({ backend, server, label }) => label === name || `${backend.service}/${server.name}` === name,
  );
  const [place, ...others] = named;
  if (place === undefined) {
    const near = nearest(
      name,
      places.map(({ label }) => label),
    );
    const hint = near === undefined ? 'vagus status lists the servers' : `did you mean ${near}?`;
    return err(fault('apply-no-server', `there is no server ${name}; ${hint}`));
  }
  if (others.length > 0) {
    const labels = named.map(({ backend, server }) => `${backend.service}/${backend.pool}/${server.name}`).join(', ');
    return err(fault('apply-no-server', `${name} is in several pools; say which: ${labels}`));
  }
  return ok(everywhere ? places.filter(({ server }) => server.address.host === place.server.address.host) : named);
}

const placesIn = (desired: Desired): readonly Place[] =>
  desired.backends.flatMap((backend) =>
    backend.servers.map((server) => ({ backend, server, label: serverLabel(backend, server.name) })),
  );

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
  return ok(undefined);
}

/** How often to look what is left, ms. */
const LOOK = 250;

/**
 * Waits until nothing is in use on servers, or `deadline` ms have passed, and calls `onChange` whenever the number
 * changes. Returns the number left. What workers hold that finish what they began before a reload counts too.
 */
export async function remaining(
  state: State,
  places: readonly Place[],
  deadline: number,
  onChange: (left: number) => void,
): Promise<Result<number, Fault>> {
  const end = now() + deadline;
  let before: number | undefined;
  for (;;) {
    const left = await inUse(state, places);
    if (!left.ok) return left;
    if (left.value !== before) onChange(left.value);
    if (left.value === 0 || now() >= end) return left;
    before = left.value;
    await pause(LOOK);
  }
}

async function inUse(state: State, places: readonly Place[]): Promise<Result<number, Fault>> {
  const current = await samples(state.haproxy);
  if (!current.ok) return current;
  const old = await oldSessions(state.haproxy);
  const counts = places.map(({ backend, server }) => {
    const sample = current.value.servers.find((row) => row.backend === backend.name && row.server === server.name);
    return (sample?.sessions ?? 0) + (old.get(`${backend.name}/${server.name}`) ?? 0);
  });
  return ok(counts.reduce((sum, count) => sum + count, 0));
}
