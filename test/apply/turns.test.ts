import { describe, expect, test, vi } from 'vitest';

import { inTurns } from '../../src/apply/turns.ts';

/** Turns over words: one that begins with `hold` is held. Whatever is done is noted in order. */
function noted() {
  const log: string[] = [];
  let done = 0;
  const turns = inTurns<string, string>(
    async (word, isHolding) => {
      log.push(`take ${word}${isHolding ? ' too' : ''}`);
      await Promise.resolve();
      done += 1;
      return word.startsWith('hold') || isHolding ? word : undefined;
    },
    async (held) => {
      log.push(`finish ${held.join(' ')}`);
      await Promise.resolve();
      log.push('finished');
    },
  );
  return { log, turns, done: () => done };
}

describe('jobs in turns', () => {
  test('are done one after another, in the order in which they came', async () => {
    const { log, turns } = noted();
    for (const word of ['a', 'b', 'c']) turns.push(word);
    await turns.alone(async () => undefined);
    expect(log).toEqual(['take a', 'take b', 'take c']);
  });

  test('are held together with all that wait already, and finished once', async () => {
    const { log, turns } = noted();
    for (const word of ['a', 'hold1', 'b', 'hold2']) turns.push(word);
    await turns.alone(async () => undefined);
    expect(log).toEqual(['take a', 'take hold1', 'take b too', 'take hold2 too', 'finish hold1 b hold2', 'finished']);
  });

  test('are not held for ever: what comes without end is finished in parts', async () => {
    const { log, turns } = noted();
    for (let index = 0; index < 120; index += 1) turns.push(`hold${index}`);
    await turns.alone(async () => undefined);
    const sizes = log.filter((line) => line.startsWith('finish ')).map((line) => line.split(' ').length - 1);
    expect(sizes).toEqual([50, 50, 20]);
  });

  test('that come while others are finished wait for their own end', async () => {
    const { log, turns } = noted();
    turns.push('hold1');
    await vi.waitFor(() => expect(log).toContain('finish hold1'));
    turns.push('hold2');
    await turns.alone(async () => undefined);
    expect(log.filter((line) => line.startsWith('finish '))).toEqual(['finish hold1', 'finish hold2']);
  });
});

describe('what is done alone', () => {
  test('comes after what is held is finished, and nothing overlaps it', async () => {
    const { log, turns } = noted();
    turns.push('hold1');
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const alone = turns.alone(async () => {
      log.push('alone');
      await gate;
      log.push('alone no more');
    });
    turns.push('hold2');
    await vi.waitFor(() => expect(log).toContain('alone'));
    expect(log).toEqual(['take hold1', 'finish hold1', 'finished', 'alone']);
    open();
    await alone;
    await turns.alone(async () => undefined);
    expect(log.slice(4)).toEqual(['alone no more', 'take hold2', 'finish hold2', 'finished']);
  });

  test('answers what it came to', async () => {
    expect(await noted().turns.alone(async () => 7)).toBe(7);
  });

  test('and fails holds up nobody', async () => {
    const { log, turns } = noted();
    const failed = turns.alone(() => Promise.reject(new Error('no')));
    turns.push('a');
    await expect(failed).rejects.toThrow('no');
    await turns.alone(async () => undefined);
    expect(log).toEqual(['take a']);
  });
});
