import { createServer } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Outcome, type OpenedChanges, readRecord, type Refusal } from '#apply';
import { drift, installed, processes } from '#engines/haproxy';
import type { Result } from '#lib';
import { auditEntries, reload, reloads, revisions, unfinishedRevisions } from '#store';
import { exchange, list } from '#system';

import { value } from '../store/support.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';
import { ANNA, type Bench, type Servers, specOf, startBench } from './support.ts';

let bench: Bench;
let changes: OpenedChanges;
let ports: readonly number[];
let before: Outcome;
/** The newest revision before a test, whatever became of it. */
let newest: number;

const SERVERS: Servers = { a: '127.0.0.1:9', b: { address: '127.0.0.2:9', weight: 50 } };

beforeAll(async () => {
  bench = await startBench();
  ports = await freePorts(2);
  changes = await bench.open();
});

afterAll(async () => {
  await bench.end();
  await endPrograms();
});

/** What was in force before a test, with nothing to come. */
beforeEach(async () => {
  before = done(await apply(specOf(ports, SERVERS)));
  expect(before.state).toBe('applied');
  newest = value(revisions(bench.machine.store, { limit: 1 }))[0]?.number ?? 0;
}, 20_000);

afterEach(() => {
  bench.machine.store.database.exec('DROP TRIGGER IF EXISTS test_refuses');
});

const apply = (text: string, options: Partial<typeof ANNA> = {}) =>
  changes.apply(text, { file: bench.file, origin: 'api' }, { ...ANNA, ...options });
const patch = (servers: Servers, options: Partial<typeof ANNA> = {}) =>
  changes.patch({ services: { web1: { servers } } }, { ...ANNA, ...options });

function done(result: Result<Outcome, Refusal>): Outcome {
  if (!result.ok) throw result.error.fault;
  return result.value;
}

const codeOf = (result: Result<unknown, Refusal>): string => (result.ok ? 'ok' : result.error.fault.code);
const layout = () => bench.machine.state.haproxy;
const reloadsDone = async (): Promise<number> => value(await processes(layout())).reloads;
const tell = async (commands: string): Promise<string> => value(await exchange(layout().statsSocket, `${commands}\n`));
/** Nothing in the engine, the files or the records is other than what is said to be in force. */
async function isWhole(): Promise<void> {
  const { desired, revision } = changes.inForce();
  expect(value(await drift(layout(), desired))).toEqual([]);
  expect(value(unfinishedRevisions(bench.machine.store))).toEqual([]);
  value(asFault(await changes.settle()));
  expect(value(readRecord(bench.machine.state))).toMatchObject({ revision, digest: installed(layout()) });
}
const asFault = (result: Result<void, Refusal>) =>
  result.ok ? result : { ok: false as const, error: result.error.fault };
/** Has the store refuse a write, as a full disk would. */
const refuse = (when: string): void =>
  bench.machine.store.database.exec(
    `CREATE TRIGGER test_refuses BEFORE UPDATE ON revisions WHEN ${when} BEGIN SELECT RAISE(ABORT, 'no'); END`,
  );

describe('changes that need a reload', () => {
  test('and come together share one, and one id', async () => {
    const [begun, known] = [await reloadsDone(), value(reloads(bench.machine.store, { limit: 100 })).length];
    const wanted = ['7s', '8s', '9s'].map((interval) =>
      specOf(ports, SERVERS, { check: { interval, timeout: '500ms' } }),
    );
    const all = (await Promise.all([...wanted, wanted[2] ?? ''].map((text) => apply(text)))).map(done);
    expect(all.map(({ how }) => how)).toEqual(['reload', 'reload', 'reload', 'nothing']);
    expect(all.map(({ revision }) => revision - newest)).toEqual([1, 2, 3, 3]);
    const ids = new Set(all.slice(0, 3).map(({ reload: id }) => id));
    expect(ids.size).toBe(1);
    expect(await reloadsDone()).toBe(begun + 1);
    expect(value(reloads(bench.machine.store, { limit: 100 })).length).toBe(known + 1);
    expect(value(reload(bench.machine.store, Number([...ids][0])))).toMatchObject({ outcome: 'done' });
    expect(changes.inForce().revision).toBe(newest + 3);
    await isWhole();
  });

  test('and are refused leave what is in force, the files and the revisions as they were, and nobody is told otherwise', async () => {
    const taken = createServer().listen(0, '127.0.0.9');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const spec = JSON.parse(specOf(ports, SERVERS)) as { services: { web1: { listen: string } } };
    spec.services.web1.listen = `127.0.0.9:${port}`;
    const [file, worker] = [installed(layout()), value(await processes(layout())).worker];
    const asked = [apply(JSON.stringify(spec)), apply(JSON.stringify(spec)), patch({ a: { weight: 9 } })];
    // While they are under way, what was in force is.
    await waitFor('a reload is under way', () =>
      value(reloads(bench.machine.store, { limit: 1 })).some(({ outcome }) => outcome === 'running'),
    );
    expect(changes.inForce()).toMatchObject({ revision: before.revision, state: 'applied' });
    const results = await Promise.all(asked);
    taken.close();
    expect(results.map(codeOf)).toEqual(['haproxy-reload', 'haproxy-reload', 'haproxy-reload']);
    expect(changes.inForce().revision).toBe(before.revision);
    expect([1, 2].map((more) => bench.stateOf(newest + more))).toEqual(['failed', 'failed']);
    expect(value(reloads(bench.machine.store, { limit: 1 }))).toMatchObject([{ outcome: 'failed' }]);
    expect([installed(layout()), value(await processes(layout())).worker]).toEqual([file, worker]);
    await isWhole();
  }, 40_000);

  test('and cannot be recorded are taken back, with all that was in force and not on disk', async () => {
    expect(done(await patch({ a: { weight: 33 } })).how).toBe('live');
    refuse("NEW.how = 'reload'");
    const refused = await apply(specOf(ports, SERVERS, { check: { interval: '9s', timeout: '500ms' } }));
    expect(codeOf(refused)).toMatch(/^store-/);
    expect(changes.inForce().revision).toBe(newest + 1);
    expect(bench.stateOf(newest + 2)).toBe('failed');
    expect(await tell('show servers state web1')).toMatch(/ a 127\.0\.0\.1 \d \d 33 /);
    await isWhole();
  }, 20_000);
});

describe('changes of servers', () => {
  test('are made live, without a reload; the files follow', async () => {
    const [begun, file] = [await reloadsDone(), installed(layout())];
    expect(done(await patch({ a: { weight: 7 }, c: '127.0.0.3:9', b: null }))).toMatchObject({ how: 'live' });
    expect(installed(layout())).toBe(file);
    await waitFor('the files follow', () => installed(layout()) !== file);
    expect(await reloadsDone()).toBe(begun);
    await isWhole();
  });

  test('in a whole spec are made live, too, and the files with them', async () => {
    const text = specOf(ports, { ...SERVERS, a: { address: '127.0.0.1:9', weight: 8 } });
    const begun = await reloadsDone();
    expect(done(await apply(text))).toMatchObject({ how: 'live', revision: newest + 1 });
    expect(value(readRecord(bench.machine.state))).toMatchObject({ revision: newest + 1 });
    expect(await reloadsDone()).toBe(begun);
    await isWhole();
  });

  test('that the engine refuses after all take a reload', async () => {
    await tell('set server web1/b state maint; del server web1/b');
    const outcome = done(await patch({ a: { weight: 70 }, b: { weight: 71 } }));
    expect(outcome).toMatchObject({ how: 'reload', reload: expect.stringMatching(/^\d+$/) });
    expect(bench.revision(outcome.revision)?.detail).toMatchObject({ cannot: expect.any(String) });
    await isWhole();
  });

  test('that cannot be recorded are taken back', async () => {
    refuse("NEW.how = 'live'");
    expect(codeOf(await patch({ a: { weight: 44 } }))).toMatch(/^store-/);
    expect(changes.inForce().revision).toBe(before.revision);
    expect(bench.stateOf(newest + 1)).toBe('failed');
    await isWhole();
    expect(codeOf(await apply(specOf(ports, { ...SERVERS, a: { address: '127.0.0.1:9', weight: 45 } })))).toMatch(
      /^store-/,
    );
    await isWhole();
  });

  test('that half of the engine refused, and the rest, leave nothing behind', async () => {
    await tell('set server web1/b state maint; del server web1/b');
    // The reload that would do it cannot be recorded either.
    refuse("NEW.how IN ('live', 'reload')");
    expect(codeOf(await patch({ a: { weight: 55 }, b: { weight: 56 } }))).toMatch(/^store-/);
    expect(changes.inForce().revision).toBe(before.revision);
    await isWhole();
  }, 20_000);
});

describe('a change', () => {
  test('that says what is in force already makes no revision', async () => {
    expect(done(await apply(specOf(ports, SERVERS)))).toMatchObject({ how: 'nothing', revision: before.revision });
    expect(done(await patch({ b: { weight: 50 } }))).toMatchObject({ how: 'nothing', revision: before.revision });
    expect(bench.revision(newest + 1)).toBeUndefined();
  });

  test('that no engine sees is a revision', async () => {
    const outcome = done(await apply(`# a comment\n${specOf(ports, SERVERS)}`));
    expect(outcome).toMatchObject({ how: 'none', revision: newest + 1, steps: [] });
    await isWhole();
  });

  test('of another revision than the one that was seen is refused', async () => {
    expect(codeOf(await patch({ a: { weight: 5 } }, { ifRevision: before.revision - 1 }))).toBe('apply-revision');
    expect(codeOf(await patch({ a: { weight: 5 } }, { ifRevision: before.revision }))).toBe('ok');
  });

  test('of what is not one’s own is refused; of one’s own, also where no engine sees it', async () => {
    const mine = { mayChange: (service: string | undefined) => service === 'web1' };
    expect(codeOf(await apply(specOf(ports, { a: '127.0.0.1:9' }), mine))).toBe('apply-scope');
    expect(codeOf(await apply(`# a comment\n${specOf(ports, SERVERS)}`, mine))).toBe('apply-scope');
    expect(changes.inForce().revision).toBe(before.revision);
    expect(codeOf(await patch({ a: { weight: 5 } }, mine))).toBe('ok');
    expect(codeOf(await patch({ b: { backup: false } }, mine))).toBe('ok');
  });

  test('that is wrong is refused with its problems, and nothing is written', async () => {
    const refused = await apply(specOf(ports, SERVERS, { balance: 'mood' }));
    expect(refused).toMatchObject({
      ok: false,
      error: { fault: { code: 'apply-invalid' }, problems: [{ code: 'unknown-value' }, {}] },
    });
    expect(bench.revision(newest + 1)).toBeUndefined();
  });

  test.each([[500], [25 * 3_600_000]])('cannot wait %d ms to be confirmed', async (confirmWithin) => {
    const wanted = specOf(ports, { a: '127.0.0.1:9' });
    expect(codeOf(await apply(wanted, { confirmWithin }))).toBe('apply-confirm-time');
    expect(codeOf(await patch({ b: null }, { confirmWithin }))).toBe('apply-confirm-time');
    expect(changes.inForce().revision).toBe(before.revision);
  });
});

describe('a change that has to be confirmed', () => {
  test('holds up others until it is', async () => {
    const outcome = done(await patch({ a: { weight: 5 } }, { confirmWithin: 60_000 }));
    expect(outcome).toMatchObject({ state: 'unconfirmed', confirmBy: expect.any(Number) });
    expect(codeOf(await patch({ a: { weight: 6 } }))).toBe('apply-unconfirmed');
    const confirmed = await changes.confirm({ by: 'bert', why: 'looks good', mayChange: () => true });
    expect(confirmed).toMatchObject({ ok: true, value: { state: 'applied', reason: 'confirmed by bert: looks good' } });
    expect(codeOf(await changes.confirm(ANNA))).toBe('apply-nothing-to-confirm');
    expect(codeOf(await patch({ a: { weight: 6 } }))).toBe('ok');
  });

  test('and is not, is taken back', async () => {
    const { revision } = done(await patch({ a: { weight: 5 } }, { confirmWithin: 1_000 }));
    await waitFor('it is taken back', () => changes.inForce().revision === revision + 1);
    await waitFor('it is noted', () => bench.stateOf(revision) === 'undone');
    expect(bench.revision(revision)?.reason).toBe('nobody confirmed it in time');
    expect(bench.revision(revision + 1)).toMatchObject({ origin: 'rollback', by: 'vagus', state: 'applied' });
    expect(value(changes.textOf(revision + 1))).toBe(value(changes.textOf(before.revision)));
    const [entry] = value(auditEntries(bench.machine.store, { limit: 1 }));
    expect(entry).toMatchObject({ by: 'vagus', action: 'take-back', outcome: 'done' });
    await isWhole();
  });

  test('and was at the last moment, stays', async () => {
    const { revision } = done(await patch({ a: { weight: 5 } }, { confirmWithin: 1_000 }));
    const { promise: held, resolve: go } = Promise.withResolvers<void>();
    const busy = changes.alone(() => held);
    const confirmed = changes.confirm(ANNA);
    // Its time runs out while the confirmation waits for its turn.
    await waitFor('the time is over', () => Date.now() > (changes.inForce().confirmBy ?? 0) + 200);
    go();
    await busy;
    expect(codeOf(await confirmed)).toBe('ok');
    await changes.alone(async () => undefined);
    expect(changes.inForce()).toMatchObject({ revision, state: 'applied' });
  });

  test('and is rolled back, is undone, and its time with it', async () => {
    const { revision } = done(await patch({ a: { weight: 5 } }, { confirmWithin: 1_500 }));
    const outcome = done(await changes.rollback(before.revision, ANNA));
    expect(outcome).toMatchObject({ revision: revision + 1, state: 'applied' });
    expect(bench.revision(revision)).toMatchObject({ state: 'undone', reason: 'rolled back by anna' });
    await waitFor('its time is over', () => Date.now() > (bench.revision(revision)?.confirmBy ?? 0) + 200);
    expect(changes.inForce().revision).toBe(outcome.revision);
    await isWhole();
  });

  test('and is asked for again as it is, goes on waiting', async () => {
    const { revision } = done(await patch({ a: { weight: 5 } }, { confirmWithin: 60_000 }));
    expect(done(await changes.rollback(revision, ANNA))).toMatchObject({ how: 'nothing', revision });
    expect(bench.stateOf(revision)).toBe('unconfirmed');
    expect(codeOf(await changes.confirm(ANNA))).toBe('ok');
  });
});

test('changes that are watched come to an end also where several came by one reload', async () => {
  const texts = ['7s', '8s'].map((interval) => specOf(ports, SERVERS, { check: { interval, timeout: '500ms' } }));
  const [one, two] = (await Promise.all(texts.map((text) => apply(text, { gate: true })))).map(done);
  expect([one?.state, two?.state]).toEqual(['watching', 'watching']);
  // Who changes something without a watch has seen them.
  done(await patch({ a: { weight: 5 } }));
  expect([one, two].map((outcome) => bench.stateOf(outcome?.revision ?? 0))).toEqual(['applied', 'applied']);
});

test('rolling back by hand what is watched lets go of it', async () => {
  const { revision } = done(await patch({ a: { weight: 5 } }, { gate: true }));
  const outcome = done(await changes.rollback(before.revision, { ...ANNA, gate: true }));
  expect(outcome.state).toBe('watching');
  expect(bench.stateOf(revision)).toBe('applied');
  done(await patch({ a: { weight: 6 } }));
});

test('a revision that is not there cannot be gone back to', async () => {
  expect(codeOf(await changes.rollback(999, ANNA))).toBe('apply-no-revision');
});

test('what is proposed changes nothing, and leaves nothing behind', async () => {
  const names = value(list(layout().configurations));
  const proposed = await changes.propose(specOf(ports, { a: '127.0.0.1:9' }), bench.file);
  expect(proposed).toMatchObject({ ok: true, value: { steps: [{ change: 'remove', how: 'live' }, {}] } });
  expect(value(list(layout().configurations))).toEqual(names);
  expect(changes.inForce().revision).toBe(before.revision);
});
