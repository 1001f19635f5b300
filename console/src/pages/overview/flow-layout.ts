import { type Server, serverShown, type Service, serviceShown, type Shown } from '../../design/states.ts';
import type { Rates } from '../../design/rates.ts';

/** How the way to a server is drawn: whole, or as one that takes nothing new. */
export type Way = 'open' | 'closed' | 'leaving';

export type ServerNode = {
  readonly server: Server;
  readonly shown: Shown;
  readonly rate: number | undefined;
  readonly y: number;
};

export type PoolNode = {
  readonly name: string;
  readonly y: number;
  readonly rate: number | undefined;
  readonly servers: readonly ServerNode[];
};

export type ServiceNode = {
  readonly service: Service;
  readonly shown: Shown;
  readonly rate: number | undefined;
  readonly y: number;
  readonly pools: readonly PoolNode[];
};

export type Picture = {
  readonly services: readonly ServiceNode[];
  readonly height: number;
  /** Where the clients are. */
  readonly middle: number;
};

const [ROW, GAP, MARGIN] = [24, 14, 14] as const;

/** Where everything stands in the picture, row by row: servers below each other, what leads to them in their middle. */
export function pictureOf(services: readonly Service[], rates: Rates): Picture {
  let y: number = MARGIN;
  const nodes = services.map((service): ServiceNode => {
    const pools = service.pools.map((pool): PoolNode => {
      const servers = pool.servers.map((server): ServerNode => {
        const node = { server, shown: serverShown(server), rate: rates.ofServer(server.label), y };
        y += ROW;
        return node;
      });
      return { name: pool.name, servers, y: middleOf(servers), rate: total(servers) };
    });
    y += GAP;
    return { service, shown: serviceShown(service), rate: rates.ofService(service), pools, y: middleOf(pools) };
  });
  return { services: nodes, height: Math.max(y - GAP, ROW) + MARGIN - ROW / 2, middle: middleOf(nodes) };
}

/** Whether a server is given anything new. */
export function wayTo({ server: { state }, shown }: ServerNode): Way {
  if (state === 'drain') return 'leaving';
  if (shown.tone === 'bad' || state === 'maint') return 'closed';
  return shown.word === 'Steered away' || shown.word === 'Resting' ? 'leaving' : 'open';
}

/** How thick a line is for so much traffic, px; `most` is that of the thickest. */
export const thickness = (rate: number | undefined, most: number): number =>
  1.25 + 9 * Math.sqrt(Math.max(0, rate ?? 0) / Math.max(most, 1e-9));

const middleOf = (nodes: readonly { readonly y: number }[]): number =>
  ((nodes[0]?.y ?? MARGIN) + (nodes.at(-1)?.y ?? MARGIN)) / 2;

const total = (servers: readonly ServerNode[]): number | undefined => {
  const known = servers.flatMap(({ rate }) => (rate === undefined ? [] : [rate]));
  return known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0);
};
