import type { Fault, Result } from '#lib';
import { err, formatAddress, ok } from '#lib';
import { type Backend, type BackendServer, inOrder } from '#plan';

import { fault } from '../errors.ts';
import { readSamples } from '../read.ts';
import { serverWords } from '../render/index.ts';
import { isDown, isDraining, isInMaint, nameOf, readRows, type Row } from '../rows.ts';
import { command, refused, silentCommands, together } from '../socket.ts';
import { isAt } from '../states.ts';
import type { Version } from '../version.ts';

/** What `set server … addr` says where all is well. */
const MOVED = /^(IP changed|port changed|no need to change|nothing changed)/;

const isBad = (line: string): boolean => line !== '' && !MOVED.test(line);

/** Gives a server that stays another address, weight or limit. */
export async function changeServer(
  socket: string,
  backend: Backend,
  from: BackendServer,
  to: BackendServer,
): Promise<Result<void, Fault>> {
  const name = `${backend.name}/${to.name}`;
  const moved = formatAddress(from.address) !== formatAddress(to.address);
  const before = moved ? await rowOf(socket, backend, to.name) : undefined;
  const texts = changes(name, from, to);
  const answer = await together(socket, moved ? startsAfresh(name, texts, before) : texts);
  if (!answer.ok) return answer;
  const bad = answer.value.split('\n').find(isBad);
  if (bad === undefined) return ok(undefined);
  await together(socket, changes(name, to, from));
  return err(refused(bad));
}

function changes(name: string, from: BackendServer, to: BackendServer): readonly string[] {
  const { host, port } = to.address;
  return [
    ...(formatAddress(from.address) === formatAddress(to.address)
      ? []
      : [`set server ${name} addr ${host}${port === undefined ? '' : ` port ${port}`}`]),
    ...(from.weight === to.weight ? [] : [`set server ${name} weight ${to.weight}`]),
    ...(from.maxConnections === to.maxConnections ? [] : [`set maxconn server ${name} ${to.maxConnections ?? 0}`]),
  ];
}

/** A machine at a new address does not inherit that another one was down: leaving maintenance, a server begins anew. */
function startsAfresh(name: string, texts: readonly string[], before: Row | undefined): readonly string[] {
  if (before === undefined || !isDown(before) || isInMaint(before)) return texts;
  const state = isDraining(before) ? 'drain' : 'ready';
  return [`set server ${name} state maint`, ...texts, `set server ${name} state ${state}`];
}

/** Adds a server to a pool, as its line in a configuration would. */
export async function addServer(
  socket: string,
  version: Version,
  backend: Backend,
  server: BackendServer,
): Promise<Result<void, Fault>> {
  const standing = inOrder(backend).find(({ name }) => name === server.name) ?? server;
  const name = `${backend.name}/${server.name}`;
  const words = wordsToAdd(version, backend, standing);
  const add = () => command(socket, `add server ${name} ${formatAddress(server.address)} ${words.join(' ')}`);
  let added = await add();
  if (!added.ok) return added;
  if (/already exists/i.test(added.value)) {
    const left = await command(socket, `del server ${name}`);
    if (!left.ok) return left;
    if (!left.value.startsWith('Server deleted')) return readyAgain(socket, version, backend, standing);
    added = await add();
    if (!added.ok) return added;
  }
  if (!/^New server registered/m.test(added.value)) return err(refused(added.value));
  const checked = backend.check.type === 'follow' ? [] : [`enable health ${name}`];
  const ready = await silentCommands(socket, [...checked, `set server ${name} state ready`]);
  if (!ready.ok) await together(socket, [`set server ${name} state maint`, `del server ${name}`]);
  return ready;
}

function wordsToAdd(version: Version, backend: Backend, server: BackendServer): readonly string[] {
  const { before, after } = serverWords(backend, server);
  const { check } = backend;
  return [
    ...before,
    // In a configuration the check of a server that speaks TLS does too, unless it has a port of its own.
    ...(server.tls && check.type !== 'follow' && check.tls === 'as-server' && check.port === undefined
      ? ['check-ssl']
      : []),
    ...(version.can.reuseOnAddedServers ? [] : ['pool-max-conn -1 pool-purge-delay 5s']),
    ...after,
  ];
}

/**
 * Takes back a server that was removed and still finishes what it had. HAProxy knows it as it was then; what cannot be
 * seen to be the same is refused, and takes a reload.
 */
async function readyAgain(
  socket: string,
  version: Version,
  backend: Backend,
  server: BackendServer,
): Promise<Result<void, Fault>> {
  const name = `${backend.name}/${server.name}`;
  const row = await rowOf(socket, backend, server.name);
  const staysPut = (now: Row) => version.can.leaveOldAddress || backend.protocol !== 'http' || isAt(now, server);
  if (row === undefined || !isInMaint(row) || !staysPut(row) || !(await isPlain(socket, row, backend, server))) {
    const message = `${name} is still there from before and finishes what it has`;
    return err(fault('haproxy-command', message));
  }
  const { host, port } = server.address;
  const texts = [
    ...(isAt(row, server) ? [] : [`set server ${name} addr ${host}${port === undefined ? '' : ` port ${port}`}`]),
    `set server ${name} weight ${server.weight}`,
    `set maxconn server ${name} ${server.maxConnections ?? 0}`,
  ];
  const answer = await together(socket, texts);
  if (!answer.ok) return answer;
  const bad = answer.value.split('\n').find(isBad);
  return bad === undefined ? silentCommands(socket, [`set server ${name} state ready`]) : err(refused(bad));
}

/** True where neither TLS nor a place of its own, neither then nor now, makes a server more than an address and a weight. */
async function isPlain(socket: string, row: Row, backend: Backend, server: BackendServer): Promise<boolean> {
  const orderMatters = ['source', 'failover'].includes(backend.balance) || backend.servers.some(({ backup }) => backup);
  const isTls = server.tls !== undefined || row.get('srv_use_ssl') !== '0';
  if (orderMatters || isTls || server.follows !== undefined) return false;
  const stat = await command(socket, `show stat ${row.get('be_id')} 4 ${row.get('srv_id')}`);
  const sample = stat.ok ? readSamples(stat.value).servers.find((found) => found.server === server.name) : undefined;
  return sample?.backup === false;
}

/**
 * Takes a server out of its pool. What is under way on it finishes: until then HAProxy still has it, in maintenance.
 */
export async function removeServer(
  socket: string,
  backend: Backend,
  server: BackendServer,
): Promise<Result<void, Fault>> {
  const name = `${backend.name}/${server.name}`;
  const answer = await together(socket, [
    `show servers state ${backend.name}`,
    `set server ${name} state maint`,
    `del server ${name}`,
  ]);
  if (!answer.ok) return answer;
  if (/^Server deleted|still has connections/m.test(answer.value)) return ok(undefined);
  const before = findRow(answer.value, name);
  // What did not even begin is not taken back: it is not there.
  if (before === undefined) return err(refused(answer.value.split('\n').at(-1) ?? ''));
  const state = isInMaint(before) ? 'maint' : isDraining(before) ? 'drain' : 'ready';
  await command(socket, `set server ${name} state ${state}`);
  return err(refused(answer.value.split('\n').at(-1) ?? ''));
}

async function rowOf(socket: string, backend: Backend, server: string): Promise<Row | undefined> {
  const answer = await command(socket, `show servers state ${backend.name}`);
  return answer.ok ? findRow(answer.value, `${backend.name}/${server}`) : undefined;
}

const findRow = (text: string, name: string): Row | undefined =>
  readRows(text).rows.find((row) => nameOf(row) === name);
