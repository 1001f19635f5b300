import { createHash } from 'node:crypto';

import { isApplicationAwaited } from './answer.ts';
import type { FollowUps } from './follow-ups.ts';
import type { Journal } from './journal/journal.ts';
import { contentOf, type Message } from './message.ts';
import type { Queue } from './queue.ts';
import type { Reply, Sender } from './sender.ts';
import type { Voice } from './voice.ts';

export type StoreParts = {
  readonly queues: readonly Queue[];
  readonly journal: Journal;
  readonly voice: Voice;
  readonly followUps: FollowUps;
};

/**
 * Stored delivery: a message is acknowledged once it is on disk, and not before; from then on it is ours. Where it can not be
 * stored, its sender is told so and keeps it.
 */
export function storeMessage(
  message: Message,
  { queues, journal, voice, followUps }: StoreParts,
  { reply, sender }: { readonly reply: Reply; readonly sender: Sender },
): void {
  const { frame, header, keys, controlIds } = message;
  const { name, duplicates } = voice.configuration();
  journal.store({
    frame,
    identity: duplicates === 'refuse' ? identityOf(message, name) : undefined,
    keys,
    queues: queues.map(({ id }) => id),
    stored(ids) {
      if (ids.length === 0) voice.counters.repeated += 1;
      else voice.counters.stored += 1;
      voice.accept(header, reply);
      const isOpen = voice.configuration().acknowledge === 'commit' && isApplicationAwaited(header);
      if (isOpen) followUps.expect(controlIds, reply);
      const [first = 0] = ids;
      for (const [index, id] of ids.entries()) queues[index]?.take({ id, message: first }, keys, frame);
    },
    failed(why) {
      voice.counters.unserved += 1;
      voice.tell(why.code === 'relay-journal-full' ? 'relay-journal-full' : 'relay-journal', why.message, {
        message,
        sender,
      });
      voice.refuse(header, reply, 'reject', 'the message can not be stored now');
    },
  });
}

const CR = 0x0d;

/** How much of a control id begins an identity, bytes. */
const CONTROL_ID = 24;

/**
 * What a message is known again by, when its sender repeats it: the sender, the control id, the type, and all that is after MSH.
 * The rest of MSH may differ, for some write anew when they sent it. What has the same control id and says something else is
 * another message: some senders count from 1 each day. The control id is in front: those of a sender mostly grow, and what is looked up
 * one after another is then in one place on disk.
 */
function identityOf({ frame, header, controlIds }: Message, service: string): Buffer {
  const content = contentOf(frame);
  const end = content.indexOf(CR);
  const { sendingApplication, sendingFacility, messageType, triggerEvent } = header;
  const named = [service, sendingApplication, sendingFacility, messageType, triggerEvent, ...controlIds];
  const digest = createHash('sha256')
    .update(named.join('\0'), 'latin1')
    .update(content.subarray(end < 0 ? content.length : end))
    .digest();
  const [first = ''] = controlIds;
  return Buffer.concat([Buffer.from(first.slice(0, CONTROL_ID), 'latin1'), digest.subarray(0, 16)]);
}
