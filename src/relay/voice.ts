import { createHmac, randomBytes } from 'node:crypto';

import { type Hl7Header, hl7Time } from '#protocols';

import { accept, expectationOf, isAcceptanceWanted, type Refusal, refuse } from './answer.ts';
import type { ServiceConfiguration } from './configuration.ts';
import type { ServiceCounters } from './counters.ts';
import type { RelayFaultCode } from './errors.ts';
import type { Events } from './events.ts';
import type { Message } from './message.ts';
import type { Reply, Sender } from './sender.ts';

/** What an event is about, besides its service. */
export type About = { readonly message?: Message; readonly sender?: Sender; readonly server?: string };

/** How a service speaks: to the senders of messages, and of what happens. */
export type Voice = {
  readonly counters: ServiceCounters;
  /** What holds at this moment. */
  configuration(): ServiceConfiguration;
  readonly tell: (code: RelayFaultCode, text: string, about?: About) => void;
  /** Says that a message is stored, as the configuration says it is said. Only where it is. */
  accept(header: Hl7Header, reply: Reply): void;
  /** Refuses a message, or hangs up where its sender wants no answers. `text`: printable ASCII. */
  refuse(header: Hl7Header, reply: Reply, refusal: Refusal, text: string): void;
};

/** Begins every control id of ours, so that no two relays write the same. */
const OURS = `VAGUS-${randomBytes(4).toString('hex')}`;
let answers = 0;

/** What an answer of ours is called, and when it is written. */
function named(): { readonly controlId: string; readonly time: string } {
  answers += 1;
  return { controlId: `${OURS}-${answers}`, time: hl7Time(new Date()) };
}

/** A control id as it may be shown: as a keyed hash, unless the service says otherwise. */
export const shownId = (
  controlId: string,
  { showControlIds }: Pick<ServiceConfiguration, 'showControlIds'>,
  hashKey: Buffer,
): string =>
  showControlIds ? controlId : createHmac('sha256', hashKey).update(controlId, 'latin1').digest('hex').slice(0, 16);

/** `hashKey`: what control ids are hashed with where they must not be shown. */
export function openVoice(
  configuration: () => ServiceConfiguration,
  {
    counters,
    events,
    hashKey,
  }: { readonly counters: ServiceCounters; readonly events: Events; readonly hashKey: Buffer },
): Voice {
  return {
    counters,
    configuration,
    tell(code, text, { message, sender, server } = {}) {
      const source = sender?.source();
      events.add({
        code,
        service: configuration().name,
        ...(server !== undefined && { server }),
        ...(source !== undefined && { sender: source }),
        ...(message !== undefined && { message: shownId(message.controlIds[0] ?? '', configuration(), hashKey) }),
        text,
      });
    },
    accept(header, reply) {
      if (!isAcceptanceWanted(header)) return reply.none();
      const code = configuration().acknowledge === 'commit' ? 'CA' : 'AA';
      counters.answered[code] += 1;
      reply.answer(accept(header, code, named()));
    },
    refuse(header, reply, refusal, text) {
      if (expectationOf(header) === 'never') return reply.hangUp();
      reply.answer(refuse(header, refusal, { ...named(), text }));
    },
  };
}
