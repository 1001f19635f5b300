import { err, type Fault, ok, type Result } from '#lib';
import { readHeader } from '#protocols';

import type { Commands } from './control.ts';
import type { Destination } from './destination.ts';
import { fault } from './errors.ts';
import type { Dead, Journal, Which } from './journal/journal.ts';
import { contentOf } from './message.ts';
import type { Queue } from './queue.ts';
import type { Relay } from './relay.ts';
import type { Service } from './service.ts';

/** A stored message that was given up, without anything of what it says. */
export type DeadMessage = {
  readonly id: number;
  readonly reason: string;
  readonly attempts: number;
  /** When it came, and when it was given up, ms since 1970. */
  readonly at: number;
  readonly deadAt: number;
  readonly bytes: number;
  /** MSH-9. */
  readonly messageType: string;
  readonly triggerEvent: string;
  /** Its control id, as events name it. */
  readonly message: string;
};

type Fields = Readonly<Record<string, unknown>>;

/** How many messages `list` shows unless it is told otherwise, and at most. */
const LISTED = 100;
const MOST_LISTED = 10_000;

/**
 * The commands for what is stored. Each names a `service`, and a `destination` where there are several; `show`, `resend` and
 * `discard` the `id` of a message that was given up, and the last two take `"all": true` instead.
 */
export function queueCommands(
  relay: Relay,
  journal: Journal,
  nameOf: (service: Service, controlId: string) => string,
): Commands {
  const withQueue =
    (act: (queue: Queue, service: Service, fields: Fields) => Result<unknown, Fault>) =>
    (fields: Fields): Result<unknown, Fault> => {
      const found = find(relay, fields);
      return found.ok ? act(found.value.queue, found.value.service, fields) : found;
    };

  const shown = (service: Service, { frame, ...dead }: Dead): DeadMessage => {
    const header = readHeader(contentOf(frame), 'client');
    const { messageType = '', triggerEvent = '', controlId = '' } = header.ok ? header.value : {};
    const { id, reason, attempts, at, deadAt } = dead;
    const message = nameOf(service, controlId);
    return { id, reason, attempts, at, deadAt, bytes: frame.length, messageType, triggerEvent, message };
  };

  /** Does something with one message that was given up, or with all. Returns how many there were. */
  const withGivenUp = (act: (queue: Queue, which: Which) => Result<number, Fault>) =>
    withQueue((queue, _, { id, all }) => {
      const which = all === true ? 'all' : id;
      if (which !== 'all' && typeof which !== 'number') return err(NO_SUCH_MESSAGE());
      const done = act(queue, which);
      if (!done.ok) return done;
      return done.value > 0 || which === 'all' ? ok({ messages: done.value }) : err(NO_SUCH_MESSAGE());
    });

  const hold = (isHeld: boolean) =>
    withQueue((queue) => {
      const kept = journal.setHeld(queue.id, isHeld);
      if (kept.ok) queue.hold(isHeld);
      return kept;
    });

  return {
    hold: hold(true),
    release: hold(false),
    list: withQueue((queue, service, { before, limit }) => {
      const count = Math.min(MOST_LISTED, typeof limit === 'number' ? limit : LISTED);
      const from = typeof before === 'number' ? before : Number.MAX_SAFE_INTEGER;
      return ok(journal.dead(queue.id, from, count).map((dead) => shown(service, dead)));
    }),
    show: withQueue((queue, service, { id }) => {
      const [dead] = typeof id === 'number' ? journal.dead(queue.id, id + 1, 1) : [];
      return dead !== undefined && dead.id === id ? ok(shown(service, dead)) : err(NO_SUCH_MESSAGE());
    }),
    resend: withGivenUp((queue, which) => {
      const revived = journal.revive(queue.id, which);
      if (revived.ok) queue.takeFromDisk(revived.value);
      return revived;
    }),
    discard: withGivenUp((queue, which) => journal.discard(queue.id, which)),
  };
}

const NO_SUCH_MESSAGE = (): Fault => fault('relay-no-message', 'there is no message with this id that was given up');

function find(relay: Relay, fields: Fields): Result<{ readonly service: Service; readonly queue: Queue }, Fault> {
  const service = relay.services().find((each) => each.configuration().name === fields['service']);
  if (service === undefined) return err(fault('relay-command', 'there is no such service'));
  const stored = service.destinations().filter(({ queue }) => queue !== undefined);
  const found =
    fields['destination'] === undefined && stored.length === 1
      ? stored[0]
      : stored.find(({ name }: Destination) => name === fields['destination']);
  if (found?.queue !== undefined) return ok({ service, queue: found.queue });
  const names = stored.map(({ name }) => name).join(', ');
  return err(
    fault(
      'relay-command',
      stored.length === 0 ? 'its messages are not stored' : `"destination" must be one of ${names}`,
    ),
  );
}
