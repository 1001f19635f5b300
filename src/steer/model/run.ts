import { arrivalsOf, ONE_CLASS } from './arrivals.ts';
import { type Backend, choose, dequeue, enqueue, release, type Slot, take } from './haproxy.ts';
import { random } from './random.ts';
import { accept, advance, crash, finishOne, newServer, nextFinish, type Request, type Server } from './server.ts';
import type { Chooser, Ended, Model, Outcome, Policy, Seen, Setting, TrueServer } from './types.ts';

const MOST_TIMES_A_TICK = 200;
const DEFAULT_WEIGHT = 100;
const KEPT_TIMES = 16;

/** What HAProxy counted of one server since the last tick, and what its checks think of it. */
type Tally = { done: number; failed: number; retries: number; times: number[]; lately: number[]; streak: number };

/**
 * Runs a pool under load and returns what became of every request. The same model gives the same outcome; requests and their luck do not
 * depend on the policy, so that policies are compared on the same traffic.
 *
 * @param policy sets weights and limits at every tick
 * @param chooser chooses in HAProxy's place, with knowledge that HAProxy cannot have
 */
export function run(model: Model, policy?: Policy, chooser?: Chooser): Outcome {
  const classes = model.classes ?? ONE_CLASS;
  const servers = model.servers.map(newServer);
  const backend: Backend = {
    slots: model.servers.map(({ name, weight = DEFAULT_WEIGHT, limit }, index) => ({
      name,
      up: true,
      weight,
      limit,
      served: 0,
      moved: index,
      credit: 0,
    })),
    balance: model.balance,
    queue: [],
    rankOf: (request) => classes[request.class]?.rank ?? 0,
    moves: model.servers.length,
  };
  const tallies = servers.map((): Tally => ({ done: 0, failed: 0, retries: 0, times: [], lately: [], streak: 0 }));
  const underWay = servers.map((): Request[] => []);
  const arrivals = arrivalsOf(model);
  const choices = random(model.seed * 2 + 3);
  const ended: Ended[] = [];
  let open = 0;
  let now = 0;

  const serverTimeout = model.timeouts?.server ?? Infinity;
  const queueTimeout = model.timeouts?.queue ?? Infinity;

  const end = (request: Request, failed: boolean, slot: Slot | undefined): void => {
    request.over = true;
    if (request.at < model.warmUp) return;
    open--;
    ended.push({
      at: request.at,
      class: classes[request.class]?.name ?? '',
      took: now - request.at,
      waited: request.waited,
      failed,
      server: slot?.name,
    });
  };

  /** Ends a request that a server had, and gives its place to the next. */
  const leave = (index: number, request: Request, failed: boolean, timed: boolean): void => {
    const slot = backend.slots[index]!;
    const tally = tallies[index]!;
    release(backend, slot);
    tally.done++;
    if (failed) tally.failed++;
    if (timed) {
      if (tally.times.length < MOST_TIMES_A_TICK) tally.times.push(now - request.dispatched);
      tally.lately.push(now - request.dispatched);
      if (tally.lately.length > KEPT_TIMES) tally.lately.shift();
    }
    end(request, failed, slot);
    refill(index);
  };

  const send = (index: number, request: Request): void => {
    const slot = backend.slots[index]!;
    const server = servers[index]!;
    if (request.tries === 0) request.waited = now - request.at;
    request.tries++;
    request.dispatched = now;
    if (!server.running) {
      const tally = tallies[index]!;
      tally.retries++;
      tally.failed++;
      tally.done++;
      if (request.tries > (model.retries ?? 3)) end(request, true, slot);
      else place(request, slot);
      return;
    }
    take(backend, slot);
    underWay[index]!.push(request);
    accept(server, request, now);
  };

  const place = (request: Request, avoid?: Slot): void => {
    if (chooser) {
      enqueue(backend, request);
      refill(0);
      return;
    }
    const slot = choose(backend, avoid);
    if (slot) send(backend.slots.indexOf(slot), request);
    else enqueue(backend, request);
  };

  const refill = (index: number): void => {
    if (chooser) {
      while (backend.queue.length > 0) {
        const chosen = chooser(trueServers(), backend.queue.length, choices);
        if (chosen < 0) return;
        send(chosen, backend.queue.shift()!);
      }
      return;
    }
    for (;;) {
      const request = dequeue(backend, backend.slots[index]!);
      if (request === undefined) return;
      send(index, request);
    }
  };

  const trueServers = (): readonly TrueServer[] =>
    servers.map((server, index) => ({
      model: server.model,
      up: backend.slots[index]!.up,
      speed: server.running ? server.speed : 0,
      failing: server.failing,
      inFlight: backend.slots[index]!.served,
      lately: tallies[index]!.lately,
    }));

  const seen = (server: Server, index: number): Seen => {
    const slot = backend.slots[index]!;
    const tally = tallies[index]!;
    return {
      server: slot.name,
      up: slot.up,
      inFlight: slot.served,
      queued: 0,
      weight: slot.weight,
      limit: slot.limit,
      done: tally.done,
      failed: tally.failed,
      retries: tally.retries,
      serviceTimes: tally.times,
      cpu: server.busy.length / server.model.workers,
    };
  };

  const tick = (acting: Policy): void => {
    const settings = acting.act({ at: now, queued: backend.queue.length, servers: servers.map(seen) });
    for (const tally of tallies) Object.assign(tally, { done: 0, failed: 0, retries: 0, times: [] });
    for (const setting of settings) obey(setting);
  };

  const obey = (setting: Setting): void => {
    const index = backend.slots.findIndex(({ name }) => name === setting.server);
    const slot = backend.slots[index];
    if (!slot) return;
    if (slot.weight !== setting.weight) slot.moved = ++backend.moves;
    slot.weight = setting.weight;
    slot.limit = setting.limit;
    refill(index);
  };

  const check = (server: Server, index: number): void => {
    const slot = backend.slots[index]!;
    const tally = tallies[index]!;
    const well = server.running && server.speed > 0 && !(model.checks?.seesErrors && server.failing > 0.5);
    tally.streak = well === slot.up ? 0 : tally.streak + 1;
    const needed = (slot.up ? model.checks?.fall : model.checks?.rise) ?? Infinity;
    if (tally.streak < needed) return;
    slot.up = well;
    slot.moved = ++backend.moves;
    tally.streak = 0;
    refill(index);
  };

  const changes = model.servers
    .flatMap(({ script = [] }, index) => script.map((change) => ({ index, ...change })))
    .toSorted((a, b) => a.at - b.at);
  let changed = 0;
  const applyChange = (): void => {
    const { index, speed, failing, running } = changes[changed++]!;
    const server = servers[index]!;
    advance(server, now);
    server.speed = speed ?? server.speed;
    server.failing = failing ?? server.failing;
    server.running = running ?? server.running;
    if (running === false) for (const request of crash(server)) if (!request.over) leave(index, request, true, false);
  };

  /** The oldest request that a server has, and HAProxy still waits for. */
  const oldest = (index: number): Request | undefined => {
    const list = underWay[index]!;
    while (list[0]?.over) list.shift();
    return list[0];
  };

  let arriving = arrivals.next().value;
  let nextTick = policy?.tick ?? Infinity;
  let nextCheck = model.checks?.interval ?? Infinity;
  const finishes = servers.map(() => Infinity);
  const hop = model.hop ?? 0;
  /** Answers on their way from a server, the oldest first. */
  const onTheWay: {
    readonly due: number;
    readonly index: number;
    readonly request: Request;
    readonly failed: boolean;
  }[] = [];
  for (;;) {
    let soonest = Math.min(arriving.at, nextTick, nextCheck, changes[changed]?.at ?? Infinity);
    const landing = onTheWay[0]?.due ?? Infinity;
    if (landing <= soonest) soonest = landing;
    let finishing = -1;
    let timing = -1;
    for (let index = 0; index < servers.length; index++) {
      finishes[index] = nextFinish(servers[index]!);
      if (finishes[index]! < soonest) {
        soonest = finishes[index]!;
        finishing = index;
      }
      if (serverTimeout === Infinity) continue;
      const due = (oldest(index)?.dispatched ?? Infinity) + serverTimeout;
      if (due < soonest) {
        soonest = due;
        timing = index;
      }
    }
    const queueDue = queueTimeout === Infinity ? Infinity : firstQueued(backend) + queueTimeout;
    if (queueDue < soonest) {
      now = queueDue;
      expire(
        backend,
        (request) => request.at + queueTimeout <= now,
        (request) => {
          request.waited = now - request.at;
          end(request, true, undefined);
        },
      );
      continue;
    }
    if (soonest >= model.duration) break;
    now = soonest;
    if (timing >= 0) {
      leave(timing, oldest(timing)!, true, true);
    } else if (finishing >= 0) {
      const { request, failed } = finishOne(servers[finishing]!, now);
      if (hop > 0) onTheWay.push({ due: now + hop, index: finishing, request, failed });
      else if (!request.over) leave(finishing, request, failed, !failed);
    } else if (now === landing) {
      const { index, request, failed } = onTheWay.shift()!;
      if (!request.over) leave(index, request, failed, !failed);
    } else if (now === changes[changed]?.at) {
      applyChange();
    } else if (now === arriving.at) {
      const request = arriving;
      if (now >= model.warmUp) open++;
      arriving = arrivals.next().value;
      place(request);
    } else if (now === nextCheck) {
      nextCheck += model.checks!.interval;
      servers.forEach(check);
    } else {
      nextTick += policy!.tick;
      tick(policy!);
    }
  }
  return { ended, open };
}

const firstQueued = ({ queue }: Backend): number => queue.reduce((first, { at }) => Math.min(first, at), Infinity);

function expire({ queue }: Backend, isDue: (request: Request) => boolean, end: (request: Request) => void): void {
  for (let index = queue.length - 1; index >= 0; index--) {
    if (!isDue(queue[index]!)) continue;
    const [request] = queue.splice(index, 1);
    end(request!);
  }
}
