import { refresh } from '../api/answer.ts';
import { ask } from '../api/ask.ts';
import { pathOf, type Place } from './place.ts';

export type State = 'ready' | 'drain' | 'maint';

export type Wanted = {
  readonly state: State;
  /** The same host in every service. */
  readonly allServices: boolean;
  /** Also where nobody would be left to serve. */
  readonly force: boolean;
  /** How long a drain may last at most, as `5m`; what the service says where there is none. */
  readonly deadline: string | undefined;
  readonly why: string;
};

const PATH = '/api/v1/services/:service/pools/:pool/servers/:server/state';

/** Whether the others could carry what a server leaves to them, pool by pool. Changes nothing. */
export async function rehearse(place: Place, state: State, allServices: boolean) {
  const body = { state, allServices, dryRun: true };
  return (await ask('PUT', PATH, { params: pathOf(place), body })).capacity;
}

/** Drains a server, takes it into maintenance or back. */
export async function setState(place: Place, { why, deadline, ...wanted }: Wanted): Promise<void> {
  const body = { ...wanted, ...(why !== '' && { why }), ...(deadline !== undefined && { deadline }) };
  await ask('PUT', PATH, { params: pathOf(place), body });
  await refresh('/api/v1/drains', '/api/v1/services', '/api/v1/services/:service');
}
