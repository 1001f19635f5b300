import type { Request } from './server.ts';
import type { Model } from './types.ts';

/** HAProxy's whole scale of weights (SRV_EWGHT_MAX, `include/haproxy/server-t.h`). */
const WEIGHTS = 256;

/** A server as HAProxy knows it. */
export type Slot = {
  readonly name: string;
  up: boolean;
  weight: number;
  limit: number | undefined;
  served: number;
  /** When it was last moved in the tree of servers: of two with the same key, the one moved first is taken first. */
  moved: number;
  /** Round robin: how much it is owed. */
  credit: number;
};

/** One backend of HAProxy: its servers, and the one queue in front of them. */
export type Backend = {
  readonly slots: readonly Slot[];
  readonly balance: Model['balance'];
  /** Sorted: by rank, then by arrival. */
  readonly queue: Request[];
  readonly rankOf: (request: Request) => number;
  moves: number;
};

const usable = (slot: Slot): boolean => slot.up && slot.weight > 0;
const hasRoom = (slot: Slot): boolean => slot.limit === undefined || slot.served < slot.limit;

/**
 * The server for a new request, or undefined: it has to wait. As HAProxy does it: where something waits already, every server is taken to be
 * full (`src/backend.c assign_server`); a full server is passed over; what stays in the backend's queue is taken by the first server that has room.
 */
export function choose(backend: Backend, avoid: Slot | undefined): Slot | undefined {
  if (backend.queue.length > 0) return undefined;
  const able = backend.slots.filter((slot) => usable(slot) && hasRoom(slot));
  const others = able.filter((slot) => slot !== avoid);
  const among = others.length > 0 ? others : able;
  return backend.balance === 'leastconn' ? leastConnections(among) : nextInTurn(among);
}

/** `src/lb_fwlc.c fwlc_queue_srv`: the key is 0 for an idle server, whatever its weight. */
const keyOf = ({ served, weight }: Slot): number => (served === 0 ? 0 : Math.floor(((served + 1) * WEIGHTS) / weight));

function leastConnections(slots: readonly Slot[]): Slot | undefined {
  let best: Slot | undefined;
  for (const slot of slots) {
    if (best === undefined || keyOf(slot) < keyOf(best) || (keyOf(slot) === keyOf(best) && slot.moved < best.moved)) {
      best = slot;
    }
  }
  return best;
}

function nextInTurn(slots: readonly Slot[]): Slot | undefined {
  let total = 0;
  let best: Slot | undefined;
  for (const slot of slots) {
    slot.credit += slot.weight;
    total += slot.weight;
    if (best === undefined || slot.credit > best.credit) best = slot;
  }
  if (best) best.credit -= total;
  return best;
}

export function take(backend: Backend, slot: Slot): void {
  slot.served++;
  slot.moved = ++backend.moves;
}

export function release(backend: Backend, slot: Slot): void {
  slot.served--;
  slot.moved = ++backend.moves;
}

export function enqueue(backend: Backend, request: Request): void {
  const rank = backend.rankOf(request);
  let index = backend.queue.length;
  while (index > 0 && backend.rankOf(backend.queue[index - 1]!) > rank) index--;
  backend.queue.splice(index, 0, request);
}

/** The request that this server takes out of the queue now, if it may (`src/queue.c process_srv_queue`). */
export function dequeue(backend: Backend, slot: Slot): Request | undefined {
  if (!usable(slot) || !hasRoom(slot)) return undefined;
  return backend.queue.shift();
}
