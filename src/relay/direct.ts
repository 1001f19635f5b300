import { isApplicationAwaited } from './answer.ts';
import type { Delivery, Outcome } from './delivery.ts';
import { openFifo } from './fifo.ts';
import type { FollowUps } from './follow-ups.ts';
import { openLanes } from './lanes.ts';
import type { Message } from './message.ts';
import type { Pool } from './pool.ts';
import type { Sender, Reply } from './sender.ts';
import type { Voice } from './voice.ts';

/**
 * Direct delivery: a message is somebody's as long as its sender waits. The server's own acknowledgement is passed on, byte for
 * byte; where there is none, nobody says that there was.
 */
export type Direct = {
  take(message: Message, pool: Pool, from: { readonly reply: Reply; readonly sender: Sender }): void;
  /** How many messages are under way or wait. */
  readonly size: () => number;
};

/** A message, and the servers it goes to. */
type Bound = { readonly delivery: Delivery; readonly pool: Pool };

export function openDirect(voice: Voice, followUps: FollowUps): Direct {
  const lanes = openLanes<Bound>();
  const ready = openFifo<Bound>();
  let isGoing = false;

  /** Sends what may go. One may end at once and let others go: a loop, so that a long lane is not a deep stack. */
  function go(all: readonly Bound[]): void {
    for (const bound of all) ready.push(bound);
    if (isGoing) return;
    isGoing = true;
    for (let bound = ready.shift(); bound !== undefined; bound = ready.shift()) {
      const { delivery, pool } = bound;
      if (isLate(delivery)) delivery.settle({ kind: 'unsent', why: 'the messages before it took too long' });
      else pool.deliver(delivery);
    }
    isGoing = false;
  }

  const isLate = ({ since }: Delivery): boolean => performance.now() - since > voice.configuration().timeout;

  return {
    take(message, pool, { reply, sender }) {
      const delivery: Delivery = {
        message,
        since: performance.now(),
        tried: new Set(),
        isWanted: reply.isWanted,
        settle(outcome) {
          settle(voice, followUps, { message, outcome, reply, sender });
          go(lanes.leave(place));
        },
      };
      const bound = { delivery, pool };
      const place = lanes.enter(bound, message.keys);
      if (place.ahead === 0) go([bound]);
    },
    size: lanes.size,
  };
}

type Settled = {
  readonly message: Message;
  readonly outcome: Outcome;
  readonly reply: Reply;
  readonly sender: Sender;
};

/** Says to the sender of a message what became of it. */
function settle(voice: Voice, followUps: FollowUps, { message, outcome, reply, sender }: Settled): void {
  const { counters } = voice;
  switch (outcome.kind) {
    case 'answered': {
      const { answer } = outcome;
      if (!reply.isOpen()) counters.unheard += 1;
      else counters.answered[answer.code] += 1;
      if (answer.code.startsWith('C') && isApplicationAwaited(message.header)) {
        followUps.expect(message.controlIds, reply);
      }
      reply.answer(answer.frame);
      return;
    }
    case 'silent':
      reply.none();
      return;
    case 'unknown':
      counters.unknown += 1;
      voice.tell('relay-outcome-unknown', outcome.why, { message, sender, server: outcome.server });
      reply.hangUp();
      return;
    case 'unsent':
      counters.unserved += 1;
      voice.tell('relay-no-server', outcome.why, { message, sender });
      voice.refuse(message.header, reply, 'reject', outcome.why);
      return;
    case 'unwanted':
      counters.unheard += 1;
      reply.hangUp();
  }
}
