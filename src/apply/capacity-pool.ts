import { type Backend, type BackendServer, type Carrier, inOrder } from '#plan';

import { unitOf } from './capacity.ts';
import type { Drain } from './maintenance.ts';

/** What is known of a pool at this moment. */
export type PoolNow = {
  /** The servers that take work. */
  readonly serving: ReadonlySet<string>;
  /** In use on its servers, or waiting for one. */
  readonly inUse: number;
  /** How many at one time a server works on, where steering found it. */
  readonly found: ReadonlyMap<string, number>;
  /** How many it was at least seen to work on: where nothing better is known of one server among others. */
  readonly seen?: ReadonlyMap<string, number>;
};

/** The most at one time, and when its hour began, ms since 1970. */
export type BusiestHour = { readonly most: number; readonly hour: number };

/** How many servers may be missing, the largest first. `enough` is false where even all that serve are too few. */
export type Spare = { readonly servers: number; readonly enough: boolean };

/** What a pool can lose. */
export type PoolCapacity = {
  readonly pool: string;
  readonly servers: number;
  readonly serving: number;
  readonly unit: Drain['unit'];
  readonly inUse: number;
  /** In the last seven days; undefined where nothing was seen. */
  readonly peak: BusiestHour | undefined;
  /** How much those that serve take at one time; undefined where that is not known of one of them. */
  readonly limit: number | undefined;
  readonly basis: 'configured' | 'found' | 'both' | 'unknown';
  readonly spareNow: Spare | undefined;
  readonly sparePeak: Spare | undefined;
  readonly words: string;
};

type Able = Pick<BackendServer, 'name' | 'backup'> & { readonly limit: number | undefined };

/** How many servers a pool can lose: now, and at the week's peak. */
export function poolCapacity(
  backend: Carrier,
  { serving, inUse, found, seen }: PoolNow,
  peak?: BusiestHour,
): PoolCapacity {
  const limitOf = ({ name, maxConnections }: BackendServer): number | undefined =>
    found.get(name) ?? maxConnections ?? (found.size > 0 ? seen?.get(name) : undefined);
  const able = inOrder(backend)
    .filter(({ name }) => serving.has(name))
    .map((server): Able => ({ name: server.name, backup: server.backup, limit: limitOf(server) }));
  const isKnown = able.length > 0 && able.every(({ limit }) => limit !== undefined);
  const most = (needed: number): number => (backend.mayWait ? 0 : needed);
  const facts = {
    pool: backend.pool,
    servers: backend.servers.length,
    serving: able.length,
    unit: unitOf(backend),
    inUse,
    peak,
    limit: isKnown ? taken(able) : undefined,
    basis: isKnown ? basisOf(backend, able, found) : ('unknown' as const),
    spareNow: isKnown ? spare(able, most(inUse)) : undefined,
    sparePeak: isKnown && peak !== undefined ? spare(able, most(peak.most)) : undefined,
  };
  const name = backend.pool === 'default' ? backend.service : `${backend.service}/${backend.pool}`;
  const words =
    facts.servers === 1 ? ofOne(facts) : isKnown ? spareInWords(facts, backend.mayWait) : whyUnknown(backend, able);
  return { ...facts, words: `${name}: ${words}` };
}

/** How much servers take at one time. Backups serve only where nobody else does, and then one at a time. */
function taken(able: readonly Able[]): number {
  const first = able.filter(({ backup }) => !backup);
  return (first.length > 0 ? first : able.slice(0, 1)).reduce((sum, { limit = 0 }) => sum + limit, 0);
}

/** In the worst order: the largest go first, and then the backups one after the other as they come in. */
function spare(able: readonly Able[], needed: number): Spare {
  const left = [
    ...able.filter(({ backup }) => !backup).toSorted((a, b) => (b.limit ?? 0) - (a.limit ?? 0)),
    ...able.filter(({ backup }) => backup),
  ];
  const isEnough = (missing: number): boolean => taken(left.slice(missing)) >= needed;
  if (!isEnough(0)) return { servers: 0, enough: false };
  let missing = 0;
  // One always has to be there, whether there is work now or not.
  while (missing + 1 < left.length && isEnough(missing + 1)) missing++;
  return { servers: missing, enough: true };
}

function basisOf({ servers }: Backend, able: readonly Able[], found: PoolNow['found']): PoolCapacity['basis'] {
  const configured = new Set(
    servers.filter(({ maxConnections }) => maxConnections !== undefined).map(({ name }) => name),
  );
  const own = able.filter(({ name }) => !found.has(name) && configured.has(name)).length;
  return own === able.length ? 'configured' : own === 0 ? 'found' : 'both';
}

function spareInWords(
  { servers, serving, unit, inUse, peak, limit = 0, spareNow, sparePeak }: Omit<PoolCapacity, 'words'>,
  mayWait: true | undefined,
): string {
  const theirs = `its ${many(servers, 'server')}`;
  const begin = serving === servers ? '' : `${serving} of ${theirs} ${serving === 1 ? 'serves' : 'serve'}; `;
  const which = serving === servers ? theirs : 'these';
  if (mayWait) {
    const missing = someOf(spareNow?.servers ?? 0);
    return `${begin}${missing} of ${which} may be missing: what is stored waits longer for those that are left`;
  }
  const now = spareNow?.enough
    ? `${someOf(spareNow.servers)} of ${which} may be missing now`
    : `${serving === servers ? `${theirs} are` : 'they are'} too few now: ${many(inUse, unit)} at one time, and they take ${limit}`;
  if (peak === undefined) return `${begin}${now}; nothing was under way this week`;
  const when = `the week’s peak (${hourInWords(peak.hour)}, ${many(peak.most, unit)} at one time)`;
  if (sparePeak?.enough) return `${begin}${now}, ${someOf(sparePeak.servers)} at ${when}`;
  // The peak is never less than what is in use now.
  return spareNow?.enough ? `${begin}${now}; at ${when} some had to wait: they take ${limit}` : `${begin}${now}`;
}

const ofOne = ({ serving }: Pick<PoolCapacity, 'serving'>): string =>
  serving === 0 ? 'its only server does not serve now' : 'its only server may not be missing: nobody could take over';

function whyUnknown({ servers, protocol, steering }: Backend, able: readonly Able[]): string {
  if (able.length === 0) return `none of its ${many(servers.length, 'server')} serves now`;
  const unlimited = able.filter(({ limit }) => limit === undefined).map(({ name }) => name);
  const which =
    unlimited.length === able.length
      ? 'its servers take'
      : `${unlimited.join(', ')} ${unlimited.length === 1 ? 'takes' : 'take'}`;
  const begin = `how many of its ${many(servers.length, 'server')} may be missing is not known, as it is not known how much ${which} at one time`;
  const advice = 'give servers limits (limits: { connections: 50 })';
  if (protocol !== 'http') return `${begin}; ${advice}`;
  if (steering === undefined) return `${begin}; ${advice}, or let steering find them (steering: observe)`;
  if (steering.limits === 'keep') return `${begin}; ${advice}: steering does not find them here (limits: keep)`;
  return `${begin}; steering has not found it yet: that takes traffic, and some minutes`;
}

const someOf = (count: number): string => (count === 0 ? 'none' : String(count));

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `Tue 10:00`, by the clock on the wall here. */
function hourInWords(at: number): string {
  const then = new Date(at);
  const day = then.toLocaleDateString('en-GB', { weekday: 'short' });
  return `${day} ${then.toTimeString().slice(0, 5)}`;
}
