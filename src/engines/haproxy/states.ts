import { isName } from '#lib';
import type { Backend, BackendServer, Desired } from '#plan';

import { isDown, isDraining, isInMaint, nameOf, readRows, type Row, RUNNING } from './rows.ts';

/** A server-state file that says nothing: every server begins by its configuration. */
export const NO_STATES = '1\n';

/**
 * What `show servers state` says, for a new worker that is to run `desired`: who is down, drains or is in maintenance
 * stays so. A row brings its server's address and weight with it, over what the new configuration says, so these are
 * written as the configuration has them. A server that was down at another address begins anew.
 */
export function keepStates(text: string, desired: Desired): string {
  const places = new Map<string, { readonly backend: Backend; readonly server: BackendServer }>(
    desired.backends.flatMap((backend) =>
      backend.servers.map((server) => [`${backend.name}/${server.name}`, { backend, server }] as const),
    ),
  );
  const { head, rows } = readRows(text);
  const kept = rows.flatMap((row) => {
    const place = places.get(nameOf(row));
    return place === undefined ? [] : keptRow(row, place.backend, place.server);
  });
  return `${[...head, ...kept].join('\n')}\n`;
}

function keptRow(row: Row, { check }: Backend, server: BackendServer): readonly string[] {
  const { host, port = 0 } = server.address;
  const renamed = !isHost(row, host);
  const moved = renamed || row.get('srv_port') !== String(port);
  const decided = isInMaint(row) || isDraining(row);
  // Where somebody has decided about a server, that stays, whatever machine it is now.
  if (!decided && ((moved && isDown(row)) || (renamed && isName(host)))) return [];
  return [
    row.with({
      ...(renamed && (isName(host) ? { srv_addr: '-', srv_fqdn: host } : { srv_addr: host, srv_fqdn: '-' })),
      ...(moved && isDown(row) && !isInMaint(row) && { srv_op_state: RUNNING }),
      srv_port: String(port),
      srv_uweight: String(server.weight),
      srv_iweight: String(server.weight),
      srv_use_ssl: server.tls === undefined ? '0' : '1',
      srv_check_port: String((check.type === 'follow' ? undefined : check.port) ?? 0),
    }),
  ];
}

/** True where a row is of a server at the address that `server` has. */
export const isAt = (row: Row, { address: { host, port = 0 } }: BackendServer): boolean =>
  isHost(row, host) && row.get('srv_port') === String(port);

const isHost = (row: Row, host: string): boolean =>
  isName(host)
    ? row.get('srv_fqdn')?.toLowerCase() === host.toLowerCase()
    : sameAddress(row.get('srv_addr') ?? '', host);

/** The same address may be written in several ways where it is one of IPv6. */
const sameAddress = (a: string, b: string): boolean =>
  a === b || (a.includes(':') && b.includes(':') && canonical(a) === canonical(b));

const canonical = (host: string): string => new URL(`http://[${host}]`).hostname;
