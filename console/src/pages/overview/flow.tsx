import { memo, type ReactNode, useEffect, useRef, useState } from 'react';

import type { Rates } from '../../design/rates.ts';
import { count, perSecond, time } from '../../design/numbers.ts';
import { type Service, serviceShown } from '../../design/states.ts';
import { ServiceLink } from '../../parts/service-link.tsx';
import { StateMark } from '../../parts/state-badge.tsx';
import { type PoolNode, pictureOf, type ServerNode, type ServiceNode, thickness, wayTo } from './flow-layout.ts';
import './flow.css';

/** So many servers can be told apart at a glance, and fit on a screen. */
const MOST_SERVERS = 20;

/** Narrower than this, there is room for services and servers only, px. */
const NARROW = 560;

type Props = { readonly services: readonly Service[]; readonly rates: Rates };

/** Traffic from clients to servers as lines: as thick as there is much of it, broken where nothing new may pass. */
export const Flow = memo(function Flow({ services, rates }: Props): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const chosen = choose(services, rates);
  const picture = pictureOf(chosen, rates);
  const places = placesIn(width);
  const most = Math.max(...picture.services.map(({ rate }) => rate ?? 0));
  return (
    <section className="flow panel" aria-labelledby="flow">
      <header>
        <h2 id="flow">Traffic now</h2>
        <p className="quiet small">
          {chosen.length === services.length
            ? 'Requests, associations, messages and connections in a second.'
            : `${chosen.length} of ${count(services.length, 'service')}: those with problems, then the busiest.`}
        </p>
      </header>
      <div ref={frame} className="flow-frame">
        {width > 0 && (
          <svg width={width} height={picture.height} role="group" aria-label="Traffic from clients to servers">
            {places.clients !== undefined && (
              <g className="flow-clients" transform={`translate(${places.clients} ${picture.middle})`}>
                <circle r="5" />
                <text x="-2" y="22">
                  Clients
                </text>
              </g>
            )}
            {picture.services.map((node) => (
              <ServiceFlow key={node.service.name} node={node} places={places} from={picture.middle} most={most} />
            ))}
          </svg>
        )}
      </div>
    </section>
  );
});

/** Where the columns stand, px. */
type Places = {
  readonly clients: number | undefined;
  readonly service: readonly [from: number, to: number];
  readonly server: number;
  readonly end: number;
};

function placesIn(width: number): Places {
  if (width < NARROW) return { clients: undefined, service: [0, width * 0.3], server: width * 0.5, end: width };
  return { clients: 8, service: [width * 0.22, width * 0.42], server: width * 0.66, end: width };
}

type FlowProps<Node> = { readonly node: Node; readonly places: Places; readonly most: number };

function ServiceFlow({ node, places, from, most }: FlowProps<ServiceNode> & { readonly from: number }): ReactNode {
  const { service, shown, rate, pools, y } = node;
  const [left, right] = places.service;
  return (
    <g>
      {places.clients !== undefined && (
        <path
          className="flow-way"
          data-way={shown.tone === 'bad' ? 'closed' : 'open'}
          data-tone={shown.tone === 'bad' ? 'bad' : undefined}
          d={curve(places.clients + 6, from, left - 4, y)}
          strokeWidth={thickness(rate, most)}
        />
      )}
      {pools.map((pool) => (
        <PoolFlow key={pool.name} node={pool} places={places} from={y} most={most} isOnly={pools.length === 1} />
      ))}
      <foreignObject x={left} y={y - 20} width={right - left} height="40">
        <div className="flow-service" data-tone={shown.tone}>
          <ServiceLink service={service.name}>
            <StateMark tone={shown.tone} />
            <span>{service.name}</span>
          </ServiceLink>
          <span className="small quiet number">
            {perSecond(rate)}
            <span className="sr-only"> {shown.word}</span>
          </span>
        </div>
      </foreignObject>
    </g>
  );
}

function PoolFlow({
  node: { name, y, servers, rate },
  places,
  from,
  most,
  isOnly,
}: FlowProps<PoolNode> & { readonly from: number; readonly isOnly: boolean }): ReactNode {
  const start = places.service[1] + 4;
  const knot = isOnly ? start : start + (places.server - start) * 0.45;
  return (
    <g>
      {!isOnly && (
        <>
          <path
            className="flow-way"
            data-way="open"
            d={curve(start, from, knot, y)}
            strokeWidth={thickness(rate, most)}
          />
          <text className="flow-pool" x={knot} y={y - 8}>
            {name}
          </text>
        </>
      )}
      {servers.map((server) => (
        <ServerFlow key={server.server.name} node={server} places={places} from={[knot, y]} most={most} />
      ))}
    </g>
  );
}

function ServerFlow({
  node,
  places,
  from: [x, y],
  most,
}: FlowProps<ServerNode> & { readonly from: readonly [number, number] }): ReactNode {
  const { server, shown, rate } = node;
  const way = wayTo(node);
  const isNarrow = places.clients === undefined;
  const rest = server.responseTime > 0 && !isNarrow ? ` · ${time(server.responseTime)}` : '';
  return (
    <g>
      <path
        className="flow-way"
        data-way={way}
        data-tone={shown.tone}
        d={curve(x, y, places.server - 6, node.y)}
        strokeWidth={way === 'closed' ? 1.5 : thickness(rate, most)}
      />
      <foreignObject x={places.server} y={node.y - 11} width={places.end - places.server} height="22">
        <div className="flow-server" data-tone={shown.tone}>
          <StateMark tone={shown.tone} />
          <span>{server.name}</span>
          <span className="small quiet number">
            {shown.tone === 'good' ? `${perSecond(rate)}${rest}` : shown.word}
            {server.backup && shown.tone === 'good' && !isNarrow && ' · backup'}
          </span>
        </div>
      </foreignObject>
    </g>
  );
}

const curve = (x1: number, y1: number, x2: number, y2: number): string => {
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
};

/** As many services as fit: those with problems, then the busiest, in the order in which they came. */
function choose(services: readonly Service[], rates: Rates): readonly Service[] {
  const serversOf = (service: Service): number => service.pools.reduce((sum, pool) => sum + pool.servers.length, 0);
  const weight = (service: Service): number =>
    (serviceShown(service).tone === 'good' ? 0 : 1e9) + (rates.ofService(service) ?? 0);
  let left = MOST_SERVERS;
  const chosen = new Set<Service>();
  const weighed = services.map((service) => ({ service, weight: weight(service) }));
  for (const { service } of weighed.toSorted((a, b) => b.weight - a.weight)) {
    const servers = serversOf(service);
    if (servers > left) continue;
    left -= servers;
    chosen.add(service);
  }
  return services.filter((service) => chosen.has(service));
}

function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return undefined;
    const watch = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element]);
  return width;
}
