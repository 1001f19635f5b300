import type { Answer } from './answer.ts';
import { type Balance, chooseServer } from './choose.ts';
import type { ServerConfiguration } from './configuration.ts';
import type { Delivery } from './delivery.ts';
import { type Fifo, openFifo } from './fifo.ts';
import type { Message } from './message.ts';
import { openServer, type Server, type ServerEvents, type ServerOptions, type ServerWord } from './server.ts';

/** The servers of a destination, and the messages that wait for one of them. */
export type Pool = {
  /** Sends a message to a server, as soon as the one that is right for it has room. */
  deliver(delivery: Delivery): void;
  /** The server that is right for a message, for whoever has to write it down first; `planned`: what each is to get anyway. */
  choose(message: Message, planned: ReadonlyMap<string, number>): string | undefined;
  servers(): readonly Server[];
  waiting(): number;
  /** What HAProxy says of the servers, by name. Of those it does not name nothing changes. */
  setStates(states: ReadonlyMap<string, ServerWord>): void;
  /** From now on this holds. Servers that stay as they are keep their connections. */
  update(servers: readonly ServerConfiguration[], options: PoolOptions): void;
  /** Ends all connections, each when the message that is under way was answered. */
  retire(): void;
};

export type PoolOptions = ServerOptions & {
  readonly balance: Balance;
  readonly duplicates: 'refuse' | 'tolerate';
};

/** What a pool tells of. */
export type PoolEvents = {
  /** A server could not be reached, and the message goes to another. */
  unreachable(server: string, why: string): void;
  /** What became of a message at a server is not known, and it goes to another all the same. */
  sentAgain(server: string, delivery: Delivery, why: string): void;
  /** A server answered something that was not under way. True where somebody waits for it. */
  unasked(server: string, answer: Answer): boolean;
};

/** How often those that wait are looked at, ms. */
const LOOK = 250;

const NO_SERVER = 'no server is available';

/** Opens a pool. Until HAProxy is heard, every server is taken for up. */
export function openPool(configured: readonly ServerConfiguration[], first: PoolOptions, events: PoolEvents): Pool {
  let options = first;
  /** Those that wait for a certain server, and those that wait for whichever has room first. */
  const queues = new Map<Server, Fifo<Delivery>>();
  const shared = openFifo<Delivery>();
  let usable: readonly Server[] = [];

  const serverEvents: ServerEvents = {
    freed: (server) => next(server),
    unsent(server, delivery, why, isUnreachable) {
      if (isUnreachable) {
        delivery.tried.add(server.name);
        events.unreachable(server.name, why);
      }
      deliver(delivery);
    },
    unknown(server, delivery, why) {
      const others = usable.filter(({ name }) => name !== server.name && mayGoTo(delivery, name));
      if (options.duplicates === 'refuse' || others.length === 0 || !delivery.isWanted()) {
        delivery.settle({ kind: 'unknown', server: server.name, why });
        return;
      }
      delivery.tried.add(server.name);
      events.sentAgain(server.name, delivery, why);
      deliver(delivery);
    },
    unasked: (server, answer) => events.unasked(server.name, answer),
  };
  let servers = configured.map((each) => openServer(each, options, serverEvents));
  lookAtStates();

  const looking = setInterval(giveUp, LOOK);
  looking.unref();

  function deliver(delivery: Delivery): void {
    if (!delivery.isWanted()) return delivery.settle({ kind: 'unwanted' });
    const isFree = delivery.tried.size === 0 && delivery.only === undefined;
    const able = isFree ? usable : usable.filter(({ name }) => mayGoTo(delivery, name));
    const server = chooseServer(options.balance, able, delivery.message.keys[0] ?? '');
    if (server === undefined) return delivery.settle({ kind: 'unsent', why: NO_SERVER });
    const queue = options.balance === 'least-outstanding' && isFree ? shared : queueOf(server);
    if (hasRoom(server) && queue.size() === 0) server.send(delivery);
    else queue.push(delivery);
  }

  function queueOf(server: Server): Fifo<Delivery> {
    const known = queues.get(server);
    if (known !== undefined) return known;
    const made = openFifo<Delivery>();
    queues.set(server, made);
    return made;
  }

  /** Gives a server that has room the next message. */
  function next(server: Server): void {
    while (isPreferred(server) && hasRoom(server)) {
      const delivery = queues.get(server)?.shift() ?? shared.shift();
      if (delivery === undefined) return;
      if (delivery.isWanted()) server.send(delivery);
      else delivery.settle({ kind: 'unwanted' });
    }
  }

  const isPreferred = (server: Server): boolean =>
    usable.includes(server) && (!server.isShunned || usable.every(({ isShunned }) => isShunned));

  /** Chooses again for everybody who waits. */
  function reconsider(): void {
    const waiting = [shared, ...queues.values()].flatMap((queue) => queue.takeAll());
    queues.clear();
    for (const delivery of waiting.toSorted((a, b) => a.since - b.since)) deliver(delivery);
    for (const server of usable) next(server);
  }

  function lookAtStates(): void {
    usable = servers.filter((server) => server.state() === 'up');
  }

  /** Tells those who have waited too long, while nothing of them was sent. */
  function giveUp(): void {
    const latest = performance.now() - options.timeout;
    for (const queue of [shared, ...queues.values()]) {
      for (
        let head = queue.peek();
        head !== undefined && (head.since < latest || !head.isWanted());
        head = queue.peek()
      ) {
        queue.shift();
        head.settle(head.isWanted() ? { kind: 'unsent', why: 'no server had room in time' } : { kind: 'unwanted' });
      }
    }
  }

  return {
    deliver,
    choose({ keys: [key = ''] }, planned) {
      const candidates = usable.map(({ name, limit, isShunned, lastUsed }) => {
        return { name, limit, isShunned, lastUsed, outstanding: planned.get(name) ?? 0 };
      });
      return chooseServer(options.balance, candidates, key)?.name;
    },
    servers: () => servers,
    waiting: () => [shared, ...queues.values()].reduce((sum, queue) => sum + queue.size(), 0),
    setStates(states) {
      const before = usable;
      for (const server of servers) server.hear(states.get(server.name) ?? server.heard());
      lookAtStates();
      if (before.length !== usable.length || before.some((server, index) => server !== usable[index])) reconsider();
    },
    update(wanted, changed) {
      const isSame = sameJson(pickServerOptions(options), pickServerOptions(changed));
      options = changed;
      const before = servers;
      servers = wanted.map((each) => {
        const kept = isSame ? before.find(({ configuration }) => sameJson(configuration, each)) : undefined;
        if (kept !== undefined) return kept;
        const made = openServer(each, options, serverEvents);
        const known = before.find(({ name }) => name === each.name);
        if (known !== undefined) made.hear({ ...known.heard(), ...(!isSameHost(known, made) && { host: undefined }) });
        return made;
      });
      for (const server of before) if (!servers.includes(server)) server.retire();
      lookAtStates();
      reconsider();
    },
    retire() {
      clearInterval(looking);
      for (const server of servers) server.retire();
    },
  };
}

const mayGoTo = ({ tried, only }: Delivery, server: string): boolean =>
  !tried.has(server) && (only === undefined || only === server);

const isSameHost = (a: Server, b: Server): boolean =>
  a.configuration.target.address.host === b.configuration.target.address.host;

const hasRoom = ({ outstanding, limit }: Server): boolean => outstanding < limit;

const pickServerOptions = ({ timeout, idle, maxMessage }: ServerOptions): ServerOptions => ({
  timeout,
  idle,
  maxMessage,
});

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
