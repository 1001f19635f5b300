import type { Fault } from '#lib';
import { readHeader } from '#protocols';

import type { Destination } from './destination.ts';
import type { Direct } from './direct.ts';
import type { FollowUps } from './follow-ups.ts';
import type { Journal } from './journal/journal.ts';
import { type Message, objectionTo, readMessage } from './message.ts';
import { routesOf } from './route.ts';
import type { Reply, Sender, SenderEvents } from './sender.ts';
import { storeMessage } from './stored.ts';
import type { Voice } from './voice.ts';

/** What is done with what senders send: read, routed, and delivered or stored; or refused, with the reason. */
export function intakeOf(parts: {
  readonly voice: Voice;
  readonly direct: Direct;
  readonly followUps: FollowUps;
  readonly journal: Journal;
  readonly destinations: () => readonly Destination[];
  readonly onEnd: (sender: Sender) => void;
}): SenderEvents {
  const { voice, direct, followUps, journal, destinations } = parts;
  const { counters, tell } = voice;

  function take(message: Message, reply: Reply, sender: Sender): void {
    const routes = routesOf(destinations(), message.header);
    const [first] = routes;
    if (first === undefined) {
      counters.refused += 1;
      const why = 'no destination takes such messages';
      tell('relay-no-destination', why, { message, sender });
      voice.refuse(message.header, reply, 'reject', why);
    } else if (voice.configuration().delivery === 'direct') {
      direct.take(message, first.pool, { reply, sender });
    } else {
      const queues = routes.flatMap(({ queue }) => queue ?? []);
      storeMessage(message, { queues, journal, voice, followUps }, { reply, sender });
    }
  }

  function giveUp(why: Fault, reply: Reply, sender: Sender): void {
    counters.unreadable += 1;
    tell('relay-message-unreadable', why.message, { sender });
    reply.hangUp();
  }

  return {
    message(frame, reply, sender) {
      counters.received += 1;
      const message = readMessage(frame, voice.configuration());
      if (!message.ok) return giveUp(message.error, reply, sender);
      const objection = objectionTo(message.value, voice.configuration());
      if (objection === undefined) return take(message.value, reply, sender);
      counters.refused += 1;
      tell('relay-message-refused', objection, { message: message.value, sender });
      voice.refuse(message.value.header, reply, 'error', objection);
    },
    broken(why, head, reply, sender) {
      const header = why.code === 'mllp-frame-too-large' ? readHeader(head.subarray(1), 'client') : undefined;
      if (header?.ok !== true) return giveUp(why, reply, sender);
      counters.refused += 1;
      tell('relay-message-refused', why.message, { sender });
      voice.refuse(header.value, reply, 'error', `a message may hold ${voice.configuration().maxMessage} bytes`);
    },
    ended(sender, why) {
      counters.senders -= 1;
      parts.onEnd(sender);
      if (why === undefined) return;
      if (why.code === 'relay-message-cut') counters.cut += 1;
      tell(why.code === 'relay-message-cut' ? 'relay-message-cut' : 'relay-proxy-header', why.message, { sender });
    },
  };
}
