import { stateIn } from '#apply';
import { processes } from '#engines/haproxy';
import { ask, exchange } from '#system';

import { readRows, type Row } from '../../src/engines/haproxy/rows.ts';

/** What a controller's API answered. */
export type Told = {
  readonly status: number;
  readonly body: string;
  readonly json: () => Readonly<Record<string, unknown>>;
};

/** Asks the controller of a state directory over its unix socket, as an administrator who sits at the machine. */
export async function askController(
  stateDirectory: string,
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  content?: unknown,
): Promise<Told> {
  const body = content === undefined ? undefined : typeof content === 'string' ? content : JSON.stringify(content);
  const type = typeof content === 'string' ? 'application/yaml' : 'application/json';
  const headers = { 'X-Vagus-Actor': 'journey', ...(body !== undefined && { 'Content-Type': type }) };
  const peer = { socket: stateIn(stateDirectory).controllerSocket };
  const answer = await ask(peer, { method, path: `/api/v1${path}`, headers, body });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.error.message}`);
  const { status, body: text } = answer.value;
  return { status, body: text, json: () => JSON.parse(text) as Readonly<Record<string, unknown>> };
}

/** What HAProxy itself says of its servers, by `backend/server`: `show servers state`, and the limit from `show stat`. */
export async function serversNow(
  stateDirectory: string,
): Promise<ReadonlyMap<string, Row & { readonly limit: string }>> {
  const [state, stat] = [await tell(stateDirectory, 'show servers state'), await tell(stateDirectory, 'show stat')];
  const [header = '', ...lines] = stat.replace(/^# /, '').split('\n');
  const columns = header.split(',');
  const limits = new Map(
    lines.map((line) => {
      const values = line.split(',');
      const value = (name: string) => values[columns.indexOf(name)] ?? '';
      return [`${value('pxname')}/${value('svname')}`, value('slim')];
    }),
  );
  return new Map(
    readRows(state.trim()).rows.map((row) => {
      const name = `${row.get('be_name')}/${row.get('srv_name')}`;
      return [name, { ...row, limit: limits.get(name) ?? '' }];
    }),
  );
}

/** The pid of the worker that takes connections: another one after a reload. */
export async function workerNow(stateDirectory: string): Promise<number> {
  const running = await processes(stateIn(stateDirectory).haproxy);
  if (!running.ok || running.value.worker === undefined) throw new Error('no worker of HAProxy runs');
  return running.value.worker;
}

async function tell(stateDirectory: string, command: string): Promise<string> {
  const answer = await exchange(stateIn(stateDirectory).haproxy.statsSocket, `${command}\n`);
  if (!answer.ok) throw answer.error;
  return answer.value;
}
