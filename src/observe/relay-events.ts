import { type Desired, serverLabel } from '#plan';
import type { RelayEvent, RelayFaultCode } from '#relay';

import type { Notice } from './events.ts';

/** What happened, said of a service or of a server, and what it means for the message. */
type Words = {
  readonly tone: Notice['tone'];
  readonly say: (event: { readonly place: string; readonly from: string; readonly text: string }) => string;
};

const WORDS: Readonly<Partial<Record<RelayFaultCode, Words>>> = {
  'relay-server-unreachable': {
    tone: 'doubtful',
    say: ({ place, text }) => `${place} could not be reached: ${text}; its message goes to another server, or waits`,
  },
  'relay-no-server': {
    tone: 'bad',
    say: ({ place, from, text }) => `${place}: a message${from} was refused: ${text}; its sender was told`,
  },
  'relay-outcome-unknown': {
    tone: 'doubtful',
    say: ({ place, text }) => `${place}: a message was sent and not acknowledged: ${text}`,
  },
  'relay-sent-again': {
    tone: 'doubtful',
    say: ({ place, text }) => `${place}: a message was not acknowledged, and sent to another server too: ${text}`,
  },
  'relay-acknowledgement-stray': { tone: 'doubtful', say: ({ place, text }) => `${place}: ${text}` },
  'relay-message-dead': {
    tone: 'bad',
    say: ({ place, text }) => `${place}: a stored message was given up: ${text}; it is kept, see: vagus queue list`,
  },
  'relay-queue-left': {
    tone: 'bad',
    say: ({ place, text }) => `${place}: ${text}; it is kept until the spec has it again, see: vagus queue list`,
  },
  'relay-journal': {
    tone: 'bad',
    say: ({ place, from, text }) => `${place}: a message${from} could not be stored: ${text}; its sender was told`,
  },
  'relay-journal-full': {
    tone: 'bad',
    say: ({ place, from }) => `${place}: the disk is full; a message${from} was not stored, and its sender was told`,
  },
  'relay-message-refused': {
    tone: 'doubtful',
    say: ({ place, from, text }) => `${place}: a message${from} was refused: ${text}; its sender was told`,
  },
  'relay-message-unreadable': {
    tone: 'doubtful',
    say: ({ place, from, text }) => `${place}: what came${from} is no message: ${text}; the connection was closed`,
  },
  'relay-message-cut': {
    tone: 'doubtful',
    say: ({ place, from }) => `${place}: a connection${from} ended within a message, which was sent to nobody`,
  },
  'relay-no-destination': {
    tone: 'doubtful',
    say: ({ place, from }) => `${place}: no destination is meant for a message${from}; its sender was told`,
  },
};

const OTHERWISE: Words = { tone: 'doubtful', say: ({ place, text }) => `${place}: ${text}` };

/** An event of the relay as a person reads it, without a word of any message. Many like it are one piece of news. */
export function relayNotice(event: RelayEvent, { backends }: Pick<Desired, 'backends'>): Notice {
  const { code, service, server, sender, text } = event;
  const pool = backends.find((one) => one.service === service && one.servers.some(({ name }) => name === server));
  const place = pool && server !== undefined ? serverLabel(pool, server) : service;
  const { tone, say } = WORDS[code] ?? OTHERWISE;
  return {
    kind: `${code} ${place}`,
    text: say({ place, from: sender === undefined ? '' : ` from ${sender}`, text }),
    tone,
  };
}
