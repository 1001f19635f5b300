import { formatAddress, isName } from '#lib';

import type { Backend, BackendServer, Desired } from './desired.ts';
import { differingFields } from './differences.ts';
import type { FileUse } from './files.ts';
import { live, type LiveAbilities, reload, type Verdict } from './live.ts';
import { inOrder, sameOrder } from './standing.ts';

/** What decides whether the servers of a pool can be changed live, beside the pool itself. */
export type Surroundings = {
  readonly can: LiveAbilities;
  readonly files: FileUse;
  /** `backend/server` of those whose state others share, now or after. */
  readonly followed: ReadonlySet<string>;
  /** `backend/server` of all that run. */
  readonly running: ReadonlySet<string>;
};

export const surroundings = (running: Desired, desired: Desired, can: LiveAbilities, files: FileUse): Surroundings => {
  const servers = [running, desired].flatMap(({ backends }) => backends.flatMap((backend) => backend.servers));
  return {
    can,
    files,
    followed: new Set(servers.flatMap(({ follows }) => (follows === undefined ? [] : [follows]))),
    running: new Set(
      running.backends.flatMap((backend) => backend.servers.map((server) => `${backend.name}/${server.name}`)),
    ),
  };
};

const LIVE_FIELDS: ReadonlySet<string> = new Set(['address', 'weight', 'maxConnections']);

/** What Vagus itself does with a server: no engine is told. */
export const UNSEEN_FIELDS: ReadonlySet<string> = new Set(['telemetry']);

/** A server that stays, with other fields than before. */
export function changedServer(backend: Backend, from: BackendServer, to: BackendServer, can: LiveAbilities): Verdict {
  const fixed = differingFields(from, to).filter((field) => !LIVE_FIELDS.has(field) && !UNSEEN_FIELDS.has(field));
  if (fixed.length > 0)
    return reload('a server’s TLS, PROXY protocol, backup and checks are set only as HAProxy reloads');
  const [a, b] = [from.address, to.address];
  if (a.host !== b.host && (isName(a.host) || isName(b.host)))
    return reload('its address is a name, which HAProxy follows only from a reload on');
  if ((a.port === undefined) !== (b.port === undefined))
    return reload('whether a server has a port of its own is set only as HAProxy reloads');
  if (isName(b.host) && a.port !== b.port)
    return reload('its address is a name, which HAProxy follows only from a reload on');
  if (backend.protocol === 'http' && !can.leaveOldAddress && formatAddress(a) !== formatAddress(b))
    return reload('this HAProxy goes on using the connections it has to the old address');
  return live({ kind: 'server', backend, from, to });
}

/** A server that comes into a pool that stays. */
export function addedServer(before: Backend, after: Backend, to: BackendServer, around: Surroundings): Verdict {
  if (before.servers.length === 0) return reload('it is the first server of its pool');
  if (isName(to.address.host)) return reload('its address is a name, which HAProxy follows only from a reload on');
  if (after.persistence.kind === 'cookie' && !around.can.addServersWithCookie)
    return reload('this HAProxy cannot give a server a persistence cookie while it runs');
  if (to.follows !== undefined && !around.running.has(to.follows))
    return reload('it takes over the state of a server that is new itself');
  const files = [to.tls?.caFile, to.tls?.certificate].filter((name) => name !== undefined);
  if (!files.every((name) => around.files.isLoaded(name)))
    return reload('HAProxy has not read its certificate or CA yet');
  return orderVerdict(before, after) ?? live({ kind: 'server', backend: after, from: undefined, to });
}

/** A server that leaves a pool that stays. What is under way on it finishes. */
export function removedServer(before: Backend, after: Backend, from: BackendServer, around: Surroundings): Verdict {
  if (after.servers.length === 0) return reload('it is the last server of its pool');
  if (around.followed.has(`${before.name}/${from.name}`))
    return reload('a server of another service takes over its state');
  if (from.resolved) return reload('its address is a name, which HAProxy stops following only at a reload');
  return orderVerdict(before, after) ?? live({ kind: 'server', backend: before, from, to: undefined });
}

/**
 * The engine puts a new server behind those it has, also when it takes a removal back. Where the place of a server
 * matters, servers can come and go live only at the end: where they stand in for each other, and where it decides which
 * client comes to which server.
 */
function orderVerdict(before: Backend, after: Backend): Verdict | undefined {
  const [was, is] = [placesOf(before), placesOf(after)];
  const known = new Set(was);
  const kept = is.filter((name) => known.has(name));
  const atTheEnd = kept.every((name, index) => name === was[index] && name === is[index]);
  if (after.balance !== 'source') {
    return atTheEnd && sameStandby(before, after)
      ? undefined
      : reload('the order in which servers stand in for each other changes');
  }
  // A server that comes as another goes would get another number than after a reload.
  return atTheEnd && (kept.length === was.length || kept.length === is.length)
    ? undefined
    : reload('which client comes to which server depends on the order of the servers');
}

/** The names of those servers of a pool whose place matters, in order. */
function placesOf(backend: Backend): readonly string[] {
  const all = ['source', 'failover'].includes(backend.balance);
  return inOrder(backend)
    .filter(({ backup }) => all || backup)
    .map(({ name }) => name);
}

/** True where every server that stays serves, or stands by, as before. */
function sameStandby(before: Backend, after: Backend): boolean {
  const was = new Map(inOrder(before).map(({ name, backup }) => [name, backup]));
  return inOrder(after).every(({ name, backup }) => (was.get(name) ?? backup) === backup);
}

/** The order of the servers that stay; undefined where it is the same. */
export function changedOrder(before: Backend, after: Backend): Verdict | undefined {
  const names = ({ servers }: Backend) => servers.map(({ name }) => name);
  if (sameOrder(names(before), names(after))) return undefined;
  const servers = [...before.servers, ...after.servers];
  const matters = ['source', 'failover'].includes(after.balance) || servers.some(({ backup }) => backup);
  return matters ? reload('the order in which servers stand in for each other changes') : { how: 'none' };
}
