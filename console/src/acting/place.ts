import type { Server } from '../design/states.ts';

/** A server as one acts on it. */
export type Place = { readonly service: string; readonly pool: string; readonly server: Acted };

type Acted = Pick<Server, 'name' | 'label' | 'state' | 'weight' | 'configuredWeight' | 'override' | 'steering'>;

/** The server in the paths of the API. */
export const pathOf = ({ service, pool, server }: Place) => ({ service, pool, server: server.name });
