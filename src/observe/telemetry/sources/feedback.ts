import { err, ok } from '#lib';
import { readFeedback } from '#protocols';
import { type Framing, wire } from '#system';

import { type Asked, NOTHING, type Source } from '../source.ts';
import { troubleInWords } from '../words.ts';

/** Longer than any line of an agent. */
const LONGEST_LINE = 4_096;

/** One line, or what came before the agent hung up. */
const framing: Framing = (text, ended) => {
  const feed = text.indexOf('\n');
  if (feed !== -1) return feed + 1;
  if (text.length > LONGEST_LINE) return Number.NaN;
  return ended && text !== '' ? text.length : undefined;
};

/**
 * An agent on a TCP port that says a line to whoever connects, as HAProxy asks it. One that offers `#keep-alive` (ours) is
 * told so, and asked again on the same connection.
 */
export function feedbackSource({ host, port, telemetry: { timeout } }: Asked<'feedback-agent'>): Source {
  const line = wire({ host, port, tls: undefined });
  return {
    async read() {
      const isKept = line.isOpen();
      const answer = await line.ask(isKept ? '\n' : undefined, framing, timeout);
      if (!answer.ok) return err(troubleInWords(answer.error, timeout));
      const { wish, says, keepsOpen, garbage } = readFeedback(answer.value);
      if (!keepsOpen) line.hangUp();
      else if (!isKept) line.tell('keep-alive\n');
      if (wish === undefined && says === undefined)
        return err(garbage > 0 ? 'what answers there is no feedback agent' : 'it says nothing');
      return ok({ ...NOTHING, wish: wish === undefined ? undefined : Math.min(1, wish), says });
    },
    close: () => line.hangUp(),
  };
}
