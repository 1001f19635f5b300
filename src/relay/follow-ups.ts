import type { Answer } from './answer.ts';
import type { Reply } from './sender.ts';

/**
 * Who waits for the acknowledgement of an application, after one of acceptance (HL7 v2 §2.9.3). It comes later, on any connection
 * of the same server or another's.
 */
export type FollowUps = {
  expect(controlIds: readonly string[], reply: Reply): void;
  /** Passes an answer on. False where nobody waits for it, or where it could be for two. */
  pass(answer: Answer): boolean;
};

/** How many are remembered: some never come. */
const MOST = 10_000;

export function openFollowUps(): FollowUps {
  const waiting = new Map<string, Reply | 'several'>();
  return {
    expect(controlIds, reply) {
      for (const id of controlIds) {
        const other = waiting.get(id);
        waiting.set(id, other !== undefined && (other === 'several' || other.isOpen()) ? 'several' : reply);
      }
      for (const id of waiting.keys()) {
        if (waiting.size <= MOST) return;
        waiting.delete(id);
      }
    },
    pass(answer) {
      const id = answer.controlIds.find((each) => waiting.has(each));
      const reply = id === undefined ? undefined : waiting.get(id);
      if (id === undefined || reply === undefined || reply === 'several' || answer.code.startsWith('C')) return false;
      waiting.delete(id);
      if (!reply.isOpen()) return false;
      reply.add(answer.frame);
      return true;
    },
  };
}
