import { isIP } from 'node:net';

import { exchange, pause } from '#system';

import type { ServerState, ServerWord } from './server.ts';

/** What HAProxy says of servers, by backend and by server. */
export type States = ReadonlyMap<string, ReadonlyMap<string, ServerWord>>;

/** `srv_admin_state` (HAProxy's management guide, "show servers state"): forced or inherited maintenance, and drain. */
const MAINTENANCE = 0x01 | 0x02 | 0x20;
const DRAIN = 0x08 | 0x10;

/** Reads what HAProxy answers to `show servers state`, once or several times. What is not understood is left out. */
export function readStates(text: string): States {
  const states = new Map<string, Map<string, ServerWord>>();
  let columns: readonly string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) {
      columns = line.slice(2).split(' ');
      continue;
    }
    const values = line.split(' ');
    const get = (column: string): string | undefined => values[columns.indexOf(column)];
    const [backend, server] = [get('be_name'), get('srv_name')];
    if (backend === undefined || server === undefined) continue;
    const ofBackend = states.get(backend) ?? new Map<string, ServerWord>();
    states.set(backend, ofBackend.set(server, { state: stateOf(get), host: hostOf(get('srv_addr')) }));
  }
  return states;
}

/** A server without weight takes nothing new, as one that drains. */
function stateOf(get: (column: string) => string | undefined): ServerState {
  const decided = Number(get('srv_admin_state') ?? 0);
  if ((decided & MAINTENANCE) !== 0) return 'maint';
  if ((decided & DRAIN) !== 0 || get('srv_uweight') === '0') return 'drain';
  return get('srv_op_state') === '0' ? 'down' : 'up';
}

/** What has no address, or not yet, is a dash. */
const hostOf = (address: string | undefined): string | undefined =>
  address !== undefined && isIP(address) !== 0 ? address : undefined;

/** How often HAProxy is asked, and how long it may take, ms. */
const EVERY = 200;
const PATIENCE = 1_000;

export type Following = {
  /** Asks now, and returns once what HAProxy says counts. */
  readonly look: () => Promise<void>;
  readonly stop: () => void;
};

/** Asks HAProxy for the states of backends until it is stopped. While it does not answer, what it said last stays. */
export function followStates(
  socket: string,
  backends: () => readonly string[],
  onStates: (states: States) => void,
): Following {
  const stopping = new AbortController();
  let turn = Promise.resolve();

  async function ask(): Promise<void> {
    const questions = backends().map((backend) => `show servers state ${backend}`);
    const answer = questions.length > 0 ? await exchange(socket, `${questions.join(';')}\n`, PATIENCE) : undefined;
    if (answer?.ok && !stopping.signal.aborted) onStates(readStates(answer.value));
  }

  /** One after the other, so that nothing older comes last. */
  const look = (): Promise<void> => (turn = turn.then(ask));

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await look();
      await pause(EVERY);
    }
  }
  void keepLooking();
  return { look, stop: () => stopping.abort() };
}
