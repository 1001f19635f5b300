import { type Answer, isApplicationWanted } from './answer.ts';
import type { Delivery, Outcome } from './delivery.ts';
import { openFifo } from './fifo.ts';
import type { FollowUps } from './follow-ups.ts';
import type { Journal, Waiting } from './journal/journal.ts';
import type { Change, Entry } from './journal/write.ts';
import { openLanes, type Place } from './lanes.ts';
import { type Message, readMessage } from './message.ts';
import type { Pool } from './pool.ts';
import { openBucket } from './rate.ts';
import type { Voice } from './voice.ts';

/** The stored messages of a destination on their way to its servers. */
export type Queue = {
  readonly id: number;
  /** A message was stored. `frame` spares reading it again. */
  take(entry: Pick<Entry, 'id' | 'message'>, keys: readonly string[], frame: Buffer): void;
  /** So many more were stored, at the end; they are read from disk. */
  takeFromDisk(count: number): void;
  /** How many wait or are under way. */
  depth(): number;
  underWay(): number;
  /** How many were stored and how many were delivered, since the relay started. */
  counts(): { readonly taken: number; readonly delivered: number };
  isHeld(): boolean;
  /** While it is held, nothing is sent; what is under way ends. */
  hold(isHeld: boolean): void;
  /** Everything that waited up to an id was discarded from disk. Only where it is held and nothing is under way. */
  forget(last: number): void;
  /** Messages a second; undefined: no limit. */
  setRate(rate: number | undefined): void;
  /** Sends nothing more. What is not under way waits on disk. */
  stop(): void;
};

/** How many messages are looked at ahead, so that those of other patients go while some wait. */
const AHEAD = 20_000;

/** How many of them may wait for the same key: one patient, or one sender, must not fill the view. */
const AHEAD_OF_KEY = 1_000;

/** How many are read from disk at once. */
const PAGE = 500;

/** How much of what has just come is kept in memory until it is sent, bytes. */
const KEPT = 32 * 1024 * 1024;

/** How long is waited where no server is there to take anything, ms. */
const REST = 500;

/** How long is waited before the first repetition, and at most before any, ms. It doubles in between. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

type Item = { -readonly [Name in keyof Waiting]: Waiting[Name] } & {
  frame: Buffer | undefined;
  place: Place<Item> | undefined;
};

/** A message that is to go to a server, and whether it may have been sent to it before. */
type Plan = {
  readonly item: Item;
  readonly message: Message;
  readonly server: string | undefined;
  readonly isPinned: boolean;
};

export type QueueParts = {
  readonly journal: Journal;
  readonly pool: Pool;
  readonly voice: Voice;
  readonly followUps: FollowUps;
};

/** Begins to send what waits on disk, in order for each key. */
export function openQueue(
  { id: queue, isHeld: wasHeld }: { readonly id: number; readonly isHeld: boolean },
  { journal, pool, voice, followUps }: QueueParts,
): Queue {
  const items = new Set<number>();
  let lanes = openLanes<Item>();
  const perKey = new Map<string, number>();
  /** Keys of which not all that was looked at is in the lanes, and the first message that is not. */
  const skipped = new Set<string>();
  let firstSkipped = Infinity;
  const ready = openFifo<Item>();
  let returned: Item[] = [];
  const bucket = openBucket(() => performance.now());
  const timers = new Set<NodeJS.Timeout>();
  let cursor = 0;
  let isAtEnd = false;
  let isLooking = false;
  let isHeld = wasHeld;
  let isStopped = false;
  let isResting = false;
  let isFeeding = false;
  /** How many are on their way to each server. */
  const planned = new Map<string, number>();
  let depth = journal.waiting(queue);
  let underWay = 0;
  let taken = 0;
  let delivered = 0;
  let keptBytes = 0;

  look();

  /** Looks further ahead, a page in each turn of the event loop. */
  function look(): void {
    if (isAtEnd || isLooking || isStopped || lanes.size() >= AHEAD) return;
    isLooking = true;
    const page = journal.page(queue, cursor, PAGE);
    for (const waiting of page) admit(waiting, undefined);
    isAtEnd = page.length < PAGE;
    cursor = page.at(-1)?.id ?? cursor;
    feed();
    setImmediate(() => {
      isLooking = false;
      look();
    });
  }

  function admit(waiting: Waiting, frame: Buffer | undefined): void {
    const { id, keys } = waiting;
    if (items.has(id)) return;
    if (keys.some((key) => skipped.has(key) || (perKey.get(key) ?? 0) >= AHEAD_OF_KEY)) {
      for (const key of keys) skipped.add(key);
      firstSkipped = Math.min(firstSkipped, id);
      return;
    }
    items.add(id);
    for (const key of keys) perKey.set(key, (perKey.get(key) ?? 0) + 1);
    const isKept = frame !== undefined && keptBytes + frame.length <= KEPT;
    if (isKept) keptBytes += frame.length;
    const item: Item = { ...waiting, frame: isKept ? frame : undefined, place: undefined };
    item.place = lanes.enter(item, keys);
    if (item.place.ahead === 0) beReady(item);
  }

  function beReady(item: Item): void {
    const pause = item.due - Date.now();
    if (pause > 0) after(pause, () => ready.push(item));
    else ready.push(item);
  }

  function after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
      feed();
    }, milliseconds);
    timers.add(timer);
  }

  /**
   * True where the server has to be on disk before a message is sent to it: after a kill it is not known whether it has it, and
   * no other may get it.
   */
  function mustBind(): boolean {
    return voice.configuration().duplicates === 'refuse' && pool.servers().length > 1;
  }

  /** Gives the servers as many as they can have at once, and as many to follow where who gets them is still open. */
  function feed(): void {
    // What is given to a pool may come back at once.
    if (isFeeding) return;
    isFeeding = true;
    while (maySend() && returned.length + ready.size() > 0) {
      const pause = bucket.take();
      if (pause > 0) {
        rest(pause);
        break;
      }
      const item = returned.shift() ?? ready.shift();
      if (item !== undefined) deliver(item);
    }
    isFeeding = false;
  }

  function maySend(): boolean {
    const room = pool.servers().reduce((sum, { limit }) => sum + limit, 0);
    return !isHeld && !isStopped && !isResting && underWay < (mustBind() ? room : 2 * room);
  }

  function rest(milliseconds: number): void {
    isResting = true;
    after(milliseconds, () => (isResting = false));
  }

  function deliver(item: Item): void {
    const frame = item.frame ?? journal.frameOf(item.message);
    const message = frame && readMessage(frame, voice.configuration());
    if (message === undefined || !message.ok) {
      report(item, { kind: 'dead', attempts: item.attempts, reason: 'it can not be read' });
      return;
    }
    const plan = { item, message: message.value };
    if (item.server !== undefined) return send({ ...plan, server: item.server, isPinned: true });
    if (!mustBind()) return send({ ...plan, server: undefined, isPinned: false });
    const server = pool.choose(message.value, planned);
    if (server === undefined) return giveBack(item);
    const { attempts, due } = item;
    begin(server);
    journal.report(entryOf(item), { kind: 'again', attempts, due, server }, () => {
      end(server);
      send({ ...plan, server, isPinned: false });
    });
  }

  function entryOf({ id, message }: Item): Entry {
    return { queue, id, message };
  }

  function begin(server: string | undefined): void {
    underWay += 1;
    if (server !== undefined) planned.set(server, (planned.get(server) ?? 0) + 1);
  }

  function end(server: string | undefined): void {
    underWay -= 1;
    if (server !== undefined) planned.set(server, (planned.get(server) ?? 1) - 1);
  }

  function send(plan: Plan): void {
    const { message, server } = plan;
    begin(server);
    const delivery: Delivery = {
      message,
      since: performance.now(),
      tried: new Set(),
      only: server,
      isWanted: () => !isStopped && !isHeld,
      settle(outcome) {
        end(server);
        settle(plan, outcome);
        feed();
      },
    };
    pool.deliver(delivery);
  }

  /** Where no server can have it now. */
  function giveBack(item: Item): void {
    returned.push(item);
    if (!isResting) rest(REST);
  }

  function settle({ item, message, server, isPinned }: Plan, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'silent':
        return report(item, { kind: 'done' });
      case 'answered': {
        const { code } = outcome.answer;
        // An error is not to be sent again unchanged; a rejection may be (HL7 v2 table 0008).
        const isFinal = !code.endsWith('R');
        if (isFinal) passOn(message, outcome.answer);
        if (code === 'AA' || code === 'CA') return report(item, { kind: 'done' });
        if (isFinal) return bury(item, message, item.attempts + 1, code);
        return tryAgain(item, message, code, isPinned ? server : undefined);
      }
      case 'unknown': {
        voice.counters.unknown += 1;
        const { duplicates } = voice.configuration();
        voice.tell('relay-outcome-unknown', outcome.why, { message, server: outcome.server });
        return tryAgain(item, message, outcome.why, duplicates === 'refuse' ? outcome.server : undefined);
      }
      case 'unsent':
        // Only this server may have it, and it may be gone for good: that is for a person to decide, in the end.
        if (isPinned) return tryAgain(item, message, 'the server that may have it can not be asked', server);
        return giveBack(item);
      case 'unwanted':
        giveBack(item);
    }
  }

  /** A sender that was told that its message is safe may have asked for what the application makes of it, too. */
  function passOn({ header }: Message, answer: Answer): void {
    if (isApplicationWanted(header, answer.code)) followUps.pass(answer);
  }

  function tryAgain(item: Item, message: Message, why: string, server: string | undefined): void {
    const attempts = item.attempts + 1;
    if (attempts >= voice.configuration().attempts) return bury(item, message, attempts, why);
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (attempts - 1));
    report(item, { kind: 'again', attempts, due: Date.now() + pause, server });
  }

  function bury(item: Item, message: Message, attempts: number, reason: string): void {
    // Who is told of it finds it among those that were given up.
    report(item, { kind: 'dead', attempts, reason }, () => {
      voice.counters.dead += 1;
      const times = `${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
      voice.tell('relay-message-dead', `${reason}, after ${times}`, { message });
    });
  }

  /** What became of a message is on disk before the next one of its keys goes: after a kill, none comes again behind it. */
  function report(item: Item, change: Change, written: () => void = () => undefined): void {
    journal.report(entryOf(item), change, () => {
      // It was discarded meanwhile.
      if (!items.has(item.id)) return;
      written();
      if (change.kind === 'again') {
        item.attempts = change.attempts;
        item.due = change.due;
        item.server = change.server;
        beReady(item);
      } else {
        if (change.kind === 'done') delivered += 1;
        leave(item);
      }
      feed();
    });
  }

  function leave(item: Item): void {
    depth -= 1;
    items.delete(item.id);
    keptBytes -= item.frame?.length ?? 0;
    if (item.place !== undefined) for (const next of lanes.leave(item.place)) beReady(next);
    for (const key of item.keys) {
      const left = (perKey.get(key) ?? 1) - 1;
      if (left > 0) perKey.set(key, left);
      else perKey.delete(key);
      if (left === 0 && skipped.has(key)) lookAgain();
    }
    if (lanes.size() <= AHEAD / 2) look();
  }

  /** Looks again at all that was skipped. */
  function lookAgain(): void {
    cursor = Math.min(cursor, firstSkipped - 1);
    firstSkipped = Infinity;
    skipped.clear();
    isAtEnd = false;
    look();
  }

  return {
    id: queue,
    take({ id, message }, keys, frame) {
      depth += 1;
      taken += 1;
      if (!isAtEnd || lanes.size() >= AHEAD) {
        isAtEnd = false;
        return;
      }
      cursor = id;
      admit({ id, message, keys, attempts: 0, due: 0, server: undefined }, frame);
      feed();
    },
    takeFromDisk(count) {
      depth += count;
      isAtEnd = false;
      look();
    },
    depth: () => depth,
    underWay: () => underWay,
    counts: () => ({ taken, delivered }),
    isHeld: () => isHeld,
    hold(held) {
      isHeld = held;
      feed();
    },
    forget(last) {
      for (const timer of timers) clearTimeout(timer);
      for (const all of [timers, items, perKey, skipped]) all.clear();
      lanes = openLanes();
      ready.takeAll();
      returned = [];
      isResting = false;
      firstSkipped = Infinity;
      keptBytes = 0;
      depth = journal.waiting(queue);
      cursor = last;
      isAtEnd = false;
      look();
    },
    setRate(rate) {
      bucket.setRate(rate);
      feed();
    },
    stop() {
      isStopped = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
