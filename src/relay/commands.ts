import { err, type Fault, ok, type Result } from '#lib';
import { readHeader } from '#protocols';
import { turn } from '#system';

import type { Answered, Commands } from './control.ts';
import { fault } from './errors.ts';
import type { Dead, Journal, Which } from './journal/journal.ts';
import { leftQueues } from './left.ts';
import { contentOf } from './message.ts';
import type { Queue } from './queue.ts';
import type { Relay } from './relay.ts';

/** A stored message that was given up, without anything of what it says. */
export type DeadMessage = {
  readonly id: number;
  readonly reason: string;
  readonly attempts: number;
  /** When it came, and when it was given up, ms since 1970. */
  readonly at: number;
  readonly deadAt: number;
  readonly bytes: number;
  /** MSH-9, as far as it is such codes: empty where something else was written there. */
  readonly messageType: string;
  readonly triggerEvent: string;
  /** Its control id, as events name it. */
  readonly message: string;
};

type Fields = Readonly<Record<string, unknown>>;

/** How many messages it was done with. */
type Counted = Result<number, Fault>;

/** A queue that was found; one that nobody serves any more is on disk alone. */
type Found = {
  readonly id: number;
  readonly destination: string;
  readonly served: Queue | undefined;
  readonly showControlIds: boolean;
};

/** How many are listed unless it is told otherwise, and at most. */
const LISTED = 100;
const MOST_LISTED = 10_000;

/** How many messages are discarded at once, a few milliseconds: those that come meanwhile do not wait for all of them. */
const SLICE = 250;

/**
 * The commands for what is stored. Each names a `service`, and a `destination` where there are several; `show`, `resend` and
 * `discard` the `id` of a message that was given up, and the last two take `"all": true` instead. `"waiting": true` discards
 * what waits as well.
 */
export function queueCommands(
  relay: Relay,
  journal: Journal,
  nameOf: (controlId: string, settings: Pick<Found, 'showControlIds'>) => string,
): Commands {
  /** Queues of which all is being discarded: nothing of it may be sent. */
  const emptied = new Set<number>();

  const withQueue =
    (act: (found: Found, fields: Fields) => Answered | Promise<Answered>) =>
    (fields: Fields): Answered | Promise<Answered> => {
      const found = find(relay, journal, fields);
      return found.ok ? act(found.value, fields) : found;
    };

  const shown = (found: Found, { frame, ...dead }: Dead): DeadMessage => {
    const header = readHeader(contentOf(frame), 'client');
    const { messageType, triggerEvent, controlId = '' } = header.ok ? header.value : {};
    const { id, reason, attempts, at, deadAt } = dead;
    const message = nameOf(controlId, found);
    const type = { messageType: codeIn(messageType), triggerEvent: codeIn(triggerEvent) };
    return { id, reason, attempts, at, deadAt, bytes: frame.length, ...type, message };
  };

  /** Does something with one message that was given up, or with all. Returns how many there were. */
  const withGivenUp = (act: (found: Found, which: Which, fields: Fields) => Counted | Promise<Counted>) =>
    withQueue(async (found, fields) => {
      const { id, all } = fields;
      const which = all === true ? 'all' : id;
      if (which !== 'all' && typeof which !== 'number') return err(NO_SUCH_MESSAGE());
      const done = await act(found, which, fields);
      if (!done.ok) return done;
      return done.value > 0 || which === 'all' ? ok({ messages: done.value }) : err(NO_SUCH_MESSAGE());
    });

  const hold = (isHeld: boolean) =>
    withQueue(({ id, served }) => {
      if (!isHeld && emptied.has(id)) return err(BEING_EMPTIED());
      const kept = journal.setHeld(id, isHeld);
      if (kept.ok) served?.hold(isHeld);
      return kept;
    });

  const discard = (id: number, which: Which): Promise<Counted> => inSlices(() => journal.discard(id, which, SLICE));

  /** All that was there when it began: what comes meanwhile stays. */
  async function discardAll({ id, served }: Found): Promise<Counted> {
    if (served !== undefined && (!served.isHeld() || served.underWay() > 0)) return err(STILL_SENDING());
    if (emptied.has(id)) return err(BEING_EMPTIED());
    const last = journal.newest(id);
    emptied.add(id);
    const waiting = await inSlices(() => journal.discardWaiting(id, last, SLICE));
    served?.forget(waiting.ok ? last : 0);
    emptied.delete(id);
    if (!waiting.ok) return waiting;
    const dead = await discard(id, 'all');
    return dead.ok ? ok(waiting.value + dead.value) : dead;
  }

  return {
    hold: hold(true),
    release: hold(false),
    list: withQueue((found, { before, limit }) => {
      const count = Math.min(MOST_LISTED, typeof limit === 'number' ? limit : LISTED);
      const from = typeof before === 'number' ? before : Number.MAX_SAFE_INTEGER;
      return ok(journal.dead(found.id, from, count).map((dead) => shown(found, dead)));
    }),
    show: withQueue((found, { id }) => {
      const [dead] = typeof id === 'number' ? journal.dead(found.id, id + 1, 1) : [];
      return dead !== undefined && dead.id === id ? ok(shown(found, dead)) : err(NO_SUCH_MESSAGE());
    }),
    resend: withGivenUp(({ id, served }, which) => {
      const revived = journal.revive(id, which);
      if (revived.ok) served?.takeFromDisk(revived.value);
      return revived;
    }),
    discard: withGivenUp((found, which, { waiting }) =>
      which === 'all' && waiting === true ? discardAll(found) : discard(found.id, which),
    ),
  };
}

/** Codes of HL7's tables 0076 and 0003 only: whoever counts fields wrongly may have written a name there. */
const codeIn = (field = ''): string => (/^[A-Z0-9]{3}$/.test(field) ? field : '');

const NO_SUCH_MESSAGE = (): Fault => fault('relay-no-message', 'there is no message with this id that was given up');

const STILL_SENDING = (): Fault =>
  fault('relay-command', 'what waits can be discarded while the queue is held and nothing is under way: hold it first');

const BEING_EMPTIED = (): Fault =>
  fault('relay-command', 'all that waits in it is being discarded: try again in a moment');

/** Does one slice after the other until there is no more, with a turn for everything else in between. */
async function inSlices(slice: () => Counted): Promise<Counted> {
  for (let count = 0; ;) {
    const done = slice();
    if (!done.ok) return done;
    count += done.value;
    if (done.value < SLICE) return ok(count);
    await turn();
  }
}

function find(relay: Relay, journal: Journal, { service: name, destination }: Fields): Result<Found, Fault> {
  const service = relay.services().find((each) => each.configuration().name === name);
  const served = (service?.destinations() ?? []).flatMap((each): readonly Found[] => {
    if (service === undefined || each.queue === undefined) return [];
    const { showControlIds } = service.configuration();
    return [{ id: each.queue.id, destination: each.name, served: each.queue, showControlIds }];
  });
  const left = leftQueues(relay, journal)
    .filter((queue) => queue.service === name)
    .map((queue): Found => ({ ...queue, served: undefined, showControlIds: false }));
  const all = [...served, ...left];
  const [only, ...others] = destination === undefined ? all : all.filter((each) => each.destination === destination);
  if (only !== undefined && others.length === 0) return ok(only);
  if (all.length > 0) {
    const names = all.map((each) => each.destination).join(', ');
    return err(fault('relay-command', `"destination" must be one of ${names}`));
  }
  const why = service === undefined ? 'there is no such service' : 'its messages are not stored';
  return err(fault('relay-command', why));
}
