import type { Samples, ServerSample } from '#engines/haproxy';
import { type Backend, type Carrier, carrierOf, inOrder, type Relay } from '#plan';

import type { Capacity, Drain } from './maintenance.ts';
import type { Place } from './places.ts';

/** What one of the things under way on a server is called. */
export const unitOf = ({ protocol, relayed }: Pick<Backend, 'protocol' | 'relayed'>): Drain['unit'] =>
  relayed ? 'message' : UNIT[protocol];

const UNIT: Readonly<Record<Backend['protocol'], Drain['unit']>> = {
  http: 'request',
  tcp: 'connection',
  dicom: 'association',
  hl7: 'connection',
};

const takesWork = (sample: ServerSample | undefined): boolean =>
  sample !== undefined && /^(UP|no check)/.test(sample.status);

/**
 * Whether what is left of each pool can carry what servers leave to it.
 *
 * @param peakOf the most that was in use at one time in a pool, lately
 * @param relays how messages come to the servers, where they are relayed
 * @param foundLimit how many at once a server (`backend/server`) takes, where that was found out
 */
export function capacityWithout(
  leaving: readonly Place[],
  now: Samples,
  peakOf: (backend: string) => number,
  relays: readonly Relay[] = [],
  foundLimit: (key: string) => number | undefined = () => undefined,
): readonly Capacity[] {
  const samples = new Map(now.servers.map((sample) => [`${sample.backend}/${sample.server}`, sample]));
  const backends = new Map(leaving.map(({ backend }) => [backend.name, carrierOf(backend, relays)]));
  return [...backends.values()].map((backend) => {
    const going = leaving.filter((place) => place.backend.name === backend.name);
    const names = new Set(going.map(({ server }) => server.name));
    const able = inOrder(backend).filter(
      ({ name }) => !names.has(name) && takesWork(samples.get(`${backend.name}/${name}`)),
    );
    // Backups serve only where nobody else does, and then one at a time.
    const first = able.filter(({ backup }) => !backup);
    const others = first.length > 0 ? first : able.slice(0, 1);
    const carried = going.reduce((sum, { key }) => sum + (samples.get(key)?.sessions ?? 0), 0);
    const inUse = backend.servers.reduce(
      (sum, { name }) => sum + (samples.get(`${backend.name}/${name}`)?.sessions ?? 0),
      0,
    );
    const peak = Math.max(peakOf(backend.name), inUse);
    const limits = others.map(({ name, maxConnections }) => foundLimit(`${backend.name}/${name}`) ?? maxConnections);
    const isLimited = limits.every((one) => one !== undefined);
    const limit = isLimited && others.length > 0 ? limits.reduce((sum: number, one) => sum + (one ?? 0), 0) : undefined;
    const serves = going.some(({ key }) => takesWork(samples.get(key)));
    const verdict =
      others.length === 0 ? (serves ? 'nobody' : 'unknown') : verdictOn(backend.mayWait ? 0 : peak, limit);
    const facts = { service: backend.service, pool: backend.pool, others: others.length, peak, limit, verdict };
    return {
      ...facts,
      words: inWords(
        facts,
        going.map(({ server }) => server.name),
        carried,
        backend,
      ),
    };
  });
}

const verdictOn = (peak: number, limit: number | undefined): Capacity['verdict'] =>
  limit === undefined ? 'unknown' : peak <= limit ? 'enough' : 'short';

function inWords(
  { service, pool, others, peak, limit, verdict }: Omit<Capacity, 'words'>,
  going: readonly string[],
  carried: number,
  backend: Carrier,
): string {
  const unit = unitOf(backend);
  const name = pool === 'default' ? service : `${service}/${pool}`;
  const carries = `${going.join(', ')} ${going.length === 1 ? 'carries' : 'carry'} ${many(carried, unit)} now`;
  const most =
    peak === 0
      ? 'none was seen under way this week'
      : `${many(peak, unit)} at one time ${peak === 1 ? 'was' : 'were'} the most this week`;
  if (others === 0) {
    const nobody = verdict === 'nobody' ? 'nobody would be left to serve' : 'nobody serves it now either';
    return `${name}: ${carries}; ${nobody}`;
  }
  const rest = others === 1 ? 'the other server' : `the ${others} other servers`;
  if (limit === undefined) return `${name}: ${carries}; ${most}, and ${rest} ${others === 1 ? 'has' : 'have'} no limit`;
  const share = `${Math.round((100 * peak) / limit)} % of what ${rest} ${others === 1 ? 'takes' : 'take'} (${limit})`;
  const more = peak <= limit ? '' : backend.mayWait ? '; what is more waits, stored' : ', more than there is';
  return `${name}: ${carries}; ${most}: ${share}${more}`;
}

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
