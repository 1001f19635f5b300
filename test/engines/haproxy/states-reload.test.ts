import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drift, samples, setServerState } from '#engines/haproxy';
import type { Desired } from '#plan';
import { endPrograms } from '../../support/programs.ts';
import { freePorts } from '../../support/stand-ins.ts';
import { waitFor } from '../../support/wait.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Responder, startResponder } from './responders.ts';
import { good, type Rig, startRig } from './rig.ts';
import { desiredFrom } from './support.ts';

let [a, b, secure]: Responder[] = [];
let port = 0;
let rig: Rig | undefined;

const at = (responder: Responder | undefined): string => `127.0.0.1:${responder?.port}`;

const wanted = (servers: Readonly<Record<string, unknown>>, check: object = {}): Desired =>
  desiredFrom({
    web: {
      preset: 'http',
      listen: `127.0.0.1:${port}`,
      check: { interval: '500ms', timeout: '300ms', ...check },
      servers,
    },
  });

let certificates: Certificates;

beforeAll(async () => {
  certificates = makeCertificates();
  [a, b] = await Promise.all(['a', 'b'].map((name) => startResponder(name)));
  secure = await startResponder('secure', certificates.issue('secure'));
  [port = 0] = await freePorts(1);
});

afterAll(async () => {
  await rig?.stop();
  for (const responder of [a, b, secure]) await responder?.close();
  await endPrograms();
  rmSync(certificates.directory, { recursive: true });
});

const statuses = async (layout: Rig['layout']): Promise<Readonly<Record<string, string>>> => {
  const { servers } = good(await samples(layout));
  return Object.fromEntries(servers.map(({ server, status }) => [server, status.split(' ')[0] ?? '']));
};

test('drain, maintenance and down survive a reload that also gives other weights and addresses', async () => {
  // Checks so seldom that none decides anything here but the first ones.
  const before = wanted({
    up: at(a),
    drained: at(a),
    kept: at(b),
    off: at(b),
    down: '127.0.0.1:9',
    moved: '127.0.0.1:9',
    tls: at(a),
  });
  rig = await startRig(before);
  const { layout } = rig;
  await waitFor(
    'two are down',
    async () => Object.values(await statuses(layout)).filter((it) => it === 'DOWN').length === 2,
  );
  for (const name of ['drained', 'kept']) good(await setServerState(layout, 'web', name, 'drain'));
  good(await setServerState(layout, 'web', 'off', 'maint'));

  const after = wanted({
    up: { address: at(b), weight: 7 },
    drained: { address: at(b), weight: 9 },
    kept: at(b),
    off: { address: at(a), weight: 11 },
    down: { address: '127.0.0.1:9', weight: 13 },
    moved: at(b),
    tls: { address: at(secure), tls: { verify: 'none' } },
  });
  await rig.reload(after);
  expect(await statuses(layout)).toEqual({
    up: 'UP',
    drained: 'DRAIN',
    kept: 'DRAIN',
    off: 'MAINT',
    down: 'DOWN',
    moved: 'UP',
    tls: 'UP',
  });
  expect(good(await drift(layout, after))).toEqual([]);

  await waitFor('whoever was plain speaks TLS, and all but one are well', async () => {
    const { servers } = good(await samples(layout));
    return servers.every(({ server, check }) => ['down', 'off'].includes(server) || check.status === 'L7OK');
  });
  good(await setServerState(layout, 'web', 'off', 'ready'));
  await waitFor('it is back from maintenance', async () => (await statuses(layout))['off'] === 'UP');

  await rig.reload(before);
  expect(await statuses(layout)).toMatchObject({ up: 'UP', drained: 'DRAIN', down: 'DOWN', off: 'UP' });
  expect(good(await drift(layout, before))).toEqual([]);
}, 60_000);
