import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type OpenedChanges, recover, type Recovery, stopEngines } from '#apply';
import { drift, installed, processes } from '#engines/haproxy';
import { beginReload, beginRevision, endRevision, reload, setConfiguration } from '#store';
import { exchange } from '#system';

import { makeCertificates } from '../engines/haproxy/certificates.ts';
import { value } from '../store/support.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { ANNA, type Bench, specOf, startBench } from './support.ts';

const benches: Bench[] = [];
let bench: Bench;
let changes: OpenedChanges;
let text: string;

beforeEach(async () => {
  bench = await startBench();
  benches.push(bench);
  changes = await bench.open();
  text = specOf(await freePorts(1), { a: '127.0.0.1:9', b: '127.0.0.2:9' });
});

afterAll(async () => {
  for (const one of benches) await one.end();
  await endPrograms();
});

async function apply(spec = text): Promise<number> {
  const applied = await changes.apply(spec, { file: bench.file, origin: 'file' }, ANNA);
  if (!applied.ok) throw applied.error.fault;
  return applied.value.revision;
}

/** What the next controller makes of it. */
async function next(): Promise<Recovery | undefined> {
  const recovered = await recover(bench.machine);
  if (!recovered.ok) throw recovered.error.fault;
  return recovered.value;
}

const layout = () => bench.machine.state.haproxy;
const worker = async () => value(await processes(layout())).worker;
const weigh = (weight: number) => changes.patch({ services: { web1: { servers: { a: { weight } } } } }, ANNA);

test('where nothing was ever in force, nothing is', async () => {
  const store = bench.machine.store;
  const cut = value(beginRevision(store, { at: 1, by: 'anna', origin: 'file', text }));
  const asked = value(beginReload(store, { askedAt: 1, revision: cut }));
  expect(await next()).toBeUndefined();
  expect(bench.stateOf(cut)).toBe('failed');
  expect(value(reload(store, asked))?.outcome).toBe('failed');
});

test('what runs is taken over as it is', async () => {
  const [number, before] = [await apply(), await worker()];
  const recovery = await next();
  expect(recovery).toMatchObject({
    how: 'adopted',
    standing: { revision: { number, state: 'applied', by: 'anna' }, file: bench.file, settled: true },
  });
  expect(recovery?.standing.desired).toEqual(changes.inForce().desired);
  expect(await worker()).toBe(before);
});

test('also where a quick change was not on disk yet: then it is', async () => {
  await apply();
  expect((await weigh(7)).ok).toBe(true);
  const [file, before] = [installed(layout()), await worker()];
  const recovery = await next();
  expect(recovery).toMatchObject({ how: 'adopted', standing: { revision: { number: 2 } } });
  expect(installed(layout())).not.toBe(file);
  expect(readFileSync(join(layout().current, 'haproxy.cfg'), 'utf8')).toMatch(/server a .*weight 7/);
  expect(await worker()).toBe(before);
});

test('HAProxy that has ended is started', async () => {
  await apply();
  await stopEngines(bench.machine.state, 100);
  expect(await next()).toMatchObject({ how: 'started' });
  expect(value(await drift(layout(), changes.inForce().desired))).toEqual([]);
});

test('what was changed behind our back is put right', async () => {
  await apply();
  value(await exchange(layout().statsSocket, 'set server web1/a weight 3\n'));
  expect(await next()).toMatchObject({ how: 'restored' });
  expect(value(await drift(layout(), changes.inForce().desired))).toEqual([]);
});

test('a change that was cut short has come to nothing, whatever the engine has of it', async () => {
  const number = await apply();
  const store = bench.machine.store;
  const patch = { services: { web1: { servers: { a: { weight: 9 } } } } };
  const cut = value(beginRevision(store, { parent: number, at: 1, by: 'anna', origin: 'patch', patch }));
  value(await exchange(layout().statsSocket, 'set server web1/a weight 9\n'));
  expect(await next()).toMatchObject({ how: 'restored', standing: { revision: { number } } });
  expect(bench.revision(cut)).toMatchObject({ state: 'failed', reason: expect.stringContaining('taken back') });
  expect(value(await drift(layout(), changes.inForce().desired))).toEqual([]);
});

test('a configuration that another Vagus wrote is replaced by a reload, once', async () => {
  const number = await apply();
  value(setConfiguration(bench.machine.store, number, 'older'));
  expect(await next()).toMatchObject({ how: 'restored' });
  expect(await next()).toMatchObject({ how: 'adopted' });
});

test('nobody watches any more what the last controller watched', async () => {
  const number = await apply();
  const store = bench.machine.store;
  const [one, two] = [0, 0].map(() => {
    const made = value(beginRevision(store, { parent: number, at: 1, by: 'anna', origin: 'file', text }));
    value(endRevision(store, made, { state: 'watching' }));
    return made;
  });
  expect(await next()).toMatchObject({ standing: { revision: { number: two, state: 'applied' } } });
  expect([bench.stateOf(one ?? 0), bench.stateOf(two ?? 0)]).toEqual(['applied', 'applied']);
  expect(bench.revision(two ?? 0)?.reason).toContain('while it was watched');
});

test('what waits to be confirmed goes on waiting', async () => {
  await apply();
  const applied = await changes.patch(
    { services: { web1: { servers: { a: { weight: 9 } } } } },
    { ...ANNA, confirmWithin: 60_000 },
  );
  expect(applied.ok).toBe(true);
  const { confirmBy } = changes.inForce();
  expect(await next()).toMatchObject({ standing: { revision: { state: 'unconfirmed', confirmBy } } });
});

test('certificates are those that were taken, also where their files have gone', async () => {
  const certificates = makeCertificates();
  const pem = certificates.issue('site').text;
  rmSync(certificates.directory, { recursive: true });
  const file = join(bench.directory, 'site.pem');
  writeFileSync(file, pem);
  const spec = JSON.parse(text) as { services: { web1: object } };
  const secure = {
    ...spec,
    certificates: { site: { file: 'site.pem' } },
    services: { web1: { ...spec.services.web1, tls: { certificate: 'site' } } },
  };
  await apply(JSON.stringify(secure));
  rmSync(file);
  const recovery = await next();
  expect(recovery).toMatchObject({ how: 'adopted' });
  expect(recovery?.standing.desired.files[0]?.content.reveal()).toBe(pem);
});
