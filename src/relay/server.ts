import { isName } from '#lib';

import type { Answer } from './answer.ts';
import type { Candidate } from './choose.ts';
import type { ServerConfiguration } from './configuration.ts';
import { type ConnectionEnd, connectTo, type ServerConnection } from './connection.ts';
import { addLatency, type ServerCounters, serverCounters } from './counters.ts';
import type { Delivery } from './delivery.ts';

/** What HAProxy says of a server: only one that is up gets new messages. */
export type ServerState = 'up' | 'down' | 'drain' | 'maint';

/** What HAProxy says of a server. */
export type ServerWord = {
  readonly state: ServerState;
  /** The IP address that HAProxy has for it: of a name the one that it was resolved to. */
  readonly host: string | undefined;
};

/** A server, and the connections to it. */
export type Server = Candidate & {
  readonly configuration: ServerConfiguration;
  readonly counters: ServerCounters;
  state(): ServerState;
  /** Connections that stand or are being made. */
  connections(): number;
  /** What was heard of it last. */
  heard(): ServerWord;
  /** Hears what HAProxy says. A server known by name is where HAProxy has found it, and is followed when that changes. */
  hear(word: ServerWord): void;
  /** Sends a message, on a connection that is idle or a new one. Only where there is room. */
  send(delivery: Delivery): void;
  /** Ends its connections, each when the message that is under way was answered. */
  retire(): void;
};

/** What becomes of messages that were sent to a server, and who else wants to know. */
export type ServerEvents = {
  /** There is room for another message. */
  freed(server: Server): void;
  /** Not a byte of the message was sent. `isUnreachable`: nor will be, it could not be connected to. */
  unsent(server: Server, delivery: Delivery, why: string, isUnreachable: boolean): void;
  unknown(server: Server, delivery: Delivery, why: string): void;
  /** It answered something that was not under way. True where somebody waits for it. */
  unasked(server: Server, answer: Answer): boolean;
};

export type ServerOptions = { readonly timeout: number; readonly idle: number; readonly maxMessage: number };

/** How long a server that could not be reached is left alone where there are others, ms. */
const SHUNNED = 1_000;

/** A connection that its server ends so soon after its first answer was meant for one message, ms. */
const SOON = 1_000;

/** How many such connections in a row make a habit. */
const HABIT = 2;

let uses = 0;

/** Returns a server to which no connection stands yet. */
export function openServer(configuration: ServerConfiguration, options: ServerOptions, events: ServerEvents): Server {
  const counters = serverCounters();
  const all = new Set<ServerConnection>();
  const idle: ServerConnection[] = [];
  const limit = configuration.connections;
  const isNamed = isName(configuration.target.address.host);
  let heard: ServerWord = { state: 'up', host: undefined };
  let { target } = configuration;
  let outstanding = 0;
  let lastUsed = 0;
  let shunnedUntil = 0;
  let singles = 0;

  function connection(): ServerConnection {
    const made: ServerConnection = connectTo(target, options, {
      answered(delivery, answer, took, isOpen) {
        counters.sent += 1;
        counters.answered[answer.code] += 1;
        addLatency(counters.latency, took);
        release(made, isOpen);
        delivery.settle({ kind: 'answered', server: configuration.name, answer });
        events.freed(server);
      },
      silent(delivery, isOpen) {
        counters.sent += 1;
        release(made, isOpen);
        delivery.settle({ kind: 'silent', server: configuration.name });
        events.freed(server);
      },
      unasked(answer) {
        const isAwaited = events.unasked(server, answer);
        if (!isAwaited) counters.strays += 1;
        return isAwaited;
      },
      ended: (end) => forget(made, end),
    });
    all.add(made);
    return made;
  }

  function release(used: ServerConnection, isOpen: boolean): void {
    outstanding -= 1;
    shunnedUntil = 0;
    if (!isOpen) return;
    if (singles >= HABIT) used.retire();
    else idle.push(used);
  }

  function forget(ended: ServerConnection, end: ConnectionEnd): void {
    const { delivery, isSent, why, hasStood, answered } = end;
    all.delete(ended);
    const at = idle.indexOf(ended);
    if (at >= 0) idle.splice(at, 1);
    if (answered > 1) singles = 0;
    if (answered === 1 && end.isByServer && end.quiet < SOON) singles += 1;
    if (delivery === undefined) return;
    outstanding -= 1;
    if (!hasStood) {
      counters.unreachable += 1;
      shunnedUntil = performance.now() + SHUNNED;
    }
    if (isSent) {
      counters.sent += 1;
      counters.unknown += 1;
      events.unknown(server, delivery, why);
    } else {
      events.unsent(server, delivery, why, !hasStood);
    }
    events.freed(server);
  }

  const server: Server = {
    name: configuration.name,
    configuration,
    counters,
    limit,
    get outstanding() {
      return outstanding;
    },
    get lastUsed() {
      return lastUsed;
    },
    get isShunned() {
      return shunnedUntil > 0 && performance.now() < shunnedUntil;
    },
    state: () => heard.state,
    heard: () => heard,
    connections: () => all.size,
    hear(word) {
      const isOut = word.state !== heard.state && (word.state === 'drain' || word.state === 'maint');
      heard = { state: word.state, host: word.host ?? heard.host };
      const host = isNamed ? (heard.host ?? target.address.host) : target.address.host;
      const hasMoved = host !== target.address.host;
      if (hasMoved) target = { ...target, address: { ...target.address, host } };
      if (isOut || hasMoved) server.retire();
    },
    send(delivery) {
      outstanding += 1;
      uses += 1;
      lastUsed = uses;
      (idle.pop() ?? connection()).send(delivery);
    },
    retire() {
      for (const each of all) each.retire();
    },
  };
  return server;
}
