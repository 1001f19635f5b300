import type { Fault, Result } from '#lib';
import { err, nearest, ok } from '#lib';
import { type Backend, type BackendServer, type Desired, serverLabel } from '#plan';

import { fault } from './errors.ts';
import type { ServerPlace } from './maintenance.ts';

/** A server in one of its pools. */
export type Place = {
  readonly backend: Backend;
  readonly server: BackendServer;
  /** `pacs/pacs1`, or `pacs/vna/vna1`. */
  readonly label: string;
  /** `backend/server`, as HAProxy names it. */
  readonly key: string;
};

export const placesIn = (desired: Desired): readonly Place[] =>
  desired.backends.flatMap((backend) =>
    backend.servers.map((server) => ({
      backend,
      server,
      label: serverLabel(backend, server.name),
      key: `${backend.name}/${server.name}`,
    })),
  );

/** Finds a server; with `everywhere`, also the same host in all other services. */
export function findPlaces(
  desired: Desired,
  { service, pool, server }: ServerPlace,
  everywhere: boolean,
): Result<readonly Place[], Fault> {
  const places = placesIn(desired);
  const named = places.filter(
    ({ backend, server: { name } }) => backend.service === service && backend.pool === pool && name === server,
  );
  const [place] = named;
  if (place === undefined)
    return err(noServer(places, pool === 'default' ? `${service}/${server}` : `${service}/${pool}/${server}`));
  return ok(everywhere ? places.filter((other) => other.server.address.host === place.server.address.host) : named);
}

/** Finds servers by their labels. */
export function findLabels(desired: Desired, labels: readonly string[]): Result<readonly Place[], Fault> {
  const places = placesIn(desired);
  const byLabel = new Map(places.map((place) => [place.label, place]));
  const missing = labels.find((label) => !byLabel.has(label));
  if (missing !== undefined) return err(noServer(places, missing));
  return ok(labels.flatMap((label) => byLabel.get(label) ?? []));
}

function noServer(places: readonly Place[], name: string): Fault {
  const near = nearest(
    name,
    places.map(({ label }) => label),
  );
  const hint = near === undefined ? 'vagus status lists the servers' : `did you mean ${near}?`;
  return fault('apply-no-server', `there is no server ${name}; ${hint}`);
}
