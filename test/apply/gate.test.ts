import { setImmediate as quiet } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Traffic } from '#observe';
import type { Step } from '#plan';

import { type Gate, type Look, openGate, type Verdict } from '../../src/apply/gate.ts';
import type { Standing } from '../../src/apply/standing.ts';
import { backendWith } from './support.ts';

const standing = (number: number): Standing =>
  ({
    revision: { number },
    desired: {
      frontends: [{ name: 'web' }],
      backends: [backendWith([], { check: { type: 'tcp', interval: 5_000, fall: 2, timeout: 2_000 } as never })],
    },
  }) as unknown as Standing;

const step = (service?: string): Step => ({ service }) as Step;
const GOOD: Traffic = { done: 0, failed: 0, serving: 2, down: 0 };

type Rig = {
  readonly gate: Gate;
  readonly verdicts: Verdict[];
  /** What the service is seen to be from now on; undefined: nobody answers. */
  readonly see: (web: Partial<Traffic> | undefined) => void;
  /** Lets so many seconds pass, with a look in each. */
  readonly pass: (seconds: number) => Promise<void>;
  /** What becomes of a verdict before it counts as obeyed. */
  obey: (verdict: Verdict) => Promise<void>;
};

/** A gate whose second passes when the test says so. */
function startGate(): Rig {
  let time = 0;
  let web: Traffic | undefined = GOOD;
  let wake: (() => void) | undefined;
  const verdicts: Verdict[] = [];
  const look = async (): Promise<Look | undefined> => {
    return web && new Map([['web', web]]);
  };
  const pause = (): Promise<void> => new Promise((resolve) => (wake = resolve));
  const rig: Rig = {
    gate: openGate({ look, now: () => time, pause }, async (verdict) => {
      verdicts.push(verdict);
      await rig.obey(verdict);
    }),
    verdicts,
    see: (seen) => void (web = seen && { ...GOOD, ...seen }),
    async pass(seconds) {
      for (let second = 0; second < seconds; second += 1) {
        time += 1_000;
        wake?.();
        wake = undefined;
        await quiet();
      }
    },
    obey: async () => undefined,
  };
  return rig;
}

async function watched(...numbers: readonly number[]): Promise<Rig> {
  const rig = startGate();
  await rig.gate.before(false);
  for (const number of numbers) rig.gate.watch(standing(number - 1), standing(number), [step('web')]);
  await quiet();
  return rig;
}

test('a change that nobody suffers from is good once its checks have had the time to fail', async () => {
  const { verdicts, pass } = await watched(5);
  await pass(16);
  expect(verdicts).toEqual([]);
  await pass(2);
  expect(verdicts).toEqual([{ revisions: [5], good: 4, reason: undefined }]);
  await pass(60);
  expect(verdicts).toHaveLength(1);
});

test('a service that has no healthy server any more suffers, once that is seen twice', async () => {
  const { verdicts, pass, see } = await watched(5);
  see({ serving: 0, down: 2 });
  await pass(1);
  expect(verdicts).toEqual([]);
  await pass(1);
  expect(verdicts).toEqual([{ revisions: [5], good: 4, reason: 'web has no healthy server any more' }]);
});

test('once is an accident of the moment', async () => {
  const { verdicts, pass, see } = await watched(5);
  for (let index = 0; index < 5; index += 1) {
    see({ serving: 0, down: 2 });
    await pass(1);
    see({});
    await pass(1);
  }
  expect(verdicts).toEqual([]);
});

test('one that had none before does not suffer', async () => {
  const rig = startGate();
  rig.see({ serving: 0, down: 2 });
  await rig.gate.before(false);
  rig.gate.watch(standing(4), standing(5), [step('web')]);
  await rig.pass(20);
  expect(rig.verdicts).toEqual([{ revisions: [5], good: 4, reason: undefined }]);
});

test('requests that fail are suffering, though their share is another one at each look', async () => {
  const { verdicts, pass, see } = await watched(5);
  await pass(1);
  see({ done: 100, failed: 6 });
  await pass(1);
  see({ done: 200, failed: 30 });
  await pass(1);
  expect(verdicts).toMatchObject([{ revisions: [5], reason: '15 % of the requests of web fail since the change' }]);
});

test.each([
  ['too few to say', { done: 19, failed: 19 }],
  ['a share that is tolerable', { done: 100, failed: 5 }],
  ['a worker that counts from nothing', { done: -50, failed: -1 }],
])('%s is no suffering', async (_, seen) => {
  const { verdicts, pass, see } = await watched(5);
  await pass(1);
  see(seen);
  await pass(20);
  expect(verdicts).toEqual([{ revisions: [5], good: 4, reason: undefined }]);
});

test('a service whose requests failed before may go on like that', async () => {
  const rig = startGate();
  rig.see({ done: 100, failed: 10 });
  await rig.gate.before(false);
  rig.gate.watch(standing(4), standing(5), [step('web')]);
  await rig.pass(1);
  rig.see({ done: 200, failed: 35 });
  await rig.pass(20);
  expect(rig.verdicts).toMatchObject([{ reason: undefined }]);
});

test('while nobody answers, nothing is decided', async () => {
  const { verdicts, pass, see } = await watched(5);
  see(undefined);
  await pass(60);
  expect(verdicts).toEqual([]);
  see({});
  await pass(2);
  expect(verdicts).toHaveLength(1);
});

test('a change of the whole site is one of every service', async () => {
  const rig = startGate();
  await rig.gate.before(false);
  rig.gate.watch(standing(4), standing(5), [step()]);
  await quiet();
  rig.see({ serving: 0, down: 2 });
  await rig.pass(2);
  expect(rig.verdicts).toMatchObject([{ reason: expect.stringContaining('web') }]);
});

test('a change that comes meanwhile is watched with it, and taken back with it', async () => {
  const { gate, verdicts, pass, see } = await watched(5);
  await pass(3);
  gate.watch(standing(5), standing(6), [step('web')]);
  see({ serving: 0, down: 2 });
  await pass(2);
  expect(verdicts).toMatchObject([{ revisions: [5, 6], good: 4, reason: expect.any(String) }]);
});

test('changes without end are not watched without end: each is good in its time', async () => {
  const { gate, verdicts, pass, see } = await watched(5);
  for (let number = 6; number < 30; number += 1) {
    await pass(5);
    gate.watch(standing(number - 1), standing(number), [step('web')]);
  }
  expect(verdicts.length).toBeGreaterThan(10);
  expect(verdicts.every(({ reason }) => reason === undefined)).toBe(true);
  see({ serving: 0, down: 2 });
  await pass(3);
  const bad = verdicts.at(-1);
  expect(bad?.reason).toBeDefined();
  expect(bad?.good).toBe(verdicts.at(-2)?.revisions.at(-1));
  expect(verdicts.flatMap(({ revisions }) => revisions)).toEqual(Array.from({ length: 25 }, (_, index) => index + 5));
});

test('a change that comes before the one that harms is taken back is watched with it from then on', async () => {
  const rig = await watched(5);
  rig.see({ serving: 0, down: 2 });
  rig.obey = async () => {
    rig.obey = async () => undefined;
    rig.gate.watch(standing(5), standing(6), [step('web')]);
  };
  await rig.pass(2);
  expect(rig.verdicts).toMatchObject([{ revisions: [5], good: 4 }]);
  await rig.pass(2);
  expect(rig.verdicts[1]).toMatchObject({ revisions: [5, 6], good: 4, reason: expect.any(String) });
});

test('what is let go is not judged; what is watched after it is, once', async () => {
  const { gate, verdicts, pass, see } = await watched(5, 6);
  await pass(1);
  expect(gate.release()).toEqual([5, 6]);
  expect(gate.release()).toEqual([]);
  gate.watch(standing(6), standing(7), [step('web')]);
  see({ serving: 0, down: 2 });
  await pass(3);
  expect(verdicts).toMatchObject([{ revisions: [7], good: 6 }]);
});

test('a quick change is not held up by a look before it: the first after it has to do', async () => {
  const rig = startGate();
  rig.see({ serving: 0, down: 2 });
  await rig.gate.before(false);
  rig.see({});
  await rig.gate.before(true);
  rig.gate.watch(standing(4), standing(5), [step('web')]);
  await quiet();
  rig.see({ serving: 0, down: 2 });
  await rig.pass(2);
  expect(rig.verdicts).toMatchObject([{ reason: 'web has no healthy server any more' }]);
});
