import { afterAll, beforeAll, expect, test } from 'vitest';

import { askController, serversNow, type Told, workerNow } from '../support/controller.ts';
import { type Journal, startJournal } from '../support/hl7-journal.ts';
import { ask } from '../support/http/ask.ts';
import { type Authority, authority } from '../support/http/certificates.ts';
import { type Load, startLoad, told } from '../support/http/load.ts';
import { type Mirror, startMirror } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { type Steady, steadyAssociation, steadyFeed } from '../support/steady.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// A hospital is operated all day while everybody works: nobody may notice.

const ROUNDS = 20;
const LIVE_CHANGES_A_ROUND = 10;
const NAME = 'localhost';
/** Loopback addresses: everybody works from the first; the other is let in and out. */
const STRANGER = '127.0.99.9';

let trusted: Authority;
let vagus: Vagus;
let mirrors: readonly Mirror[];
let archives: readonly StandIn[];
let journals: readonly Journal[];
let ports: { readonly portal: number; readonly secure: number; readonly pacs: number; readonly adt: number };

/** What each server should be by now, by service and name: what is asked for is written down here, and HAProxy has to say the same. */
type Wanted = { port: number; weight: number; limit: number | undefined; out: boolean };
const wanted = new Map<string, Map<string, Wanted>>();

/** What was done and when: a failure is told with what was being done at that time. */
const doings: { at: number; what: string }[] = [];
const doing = (what: string): void => void doings.push({ at: Date.now(), what });
const doingAt = (at: number): string => doings.findLast((one) => one.at <= at)?.what ?? 'nothing yet';

beforeAll(async () => {
  trusted = await authority('The hospital');
  mirrors = await Promise.all(['web1', 'web2', 'web3'].map((name) => startMirror(name)));
  archives = await Promise.all(['pacs1', 'pacs2'].map((name) => startStandIn('archive', { name })));
  journals = await Promise.all(['engine1', 'engine2'].map((name) => startJournal(name)));
  const [portal = 0, secure = 0, pacs = 0, adt = 0] = await freePorts(4);
  ports = { portal, secure, pacs, adt };
  const servers = (service: string, backends: readonly { name: string; port: number }[]): string => {
    const known = backends.map(
      ({ name, port }) => [name, { port, weight: 100, limit: undefined, out: false }] as const,
    );
    wanted.set(service, new Map(known));
    return `{ ${backends.map(({ name, port }) => `${name}: 127.0.0.1:${port}`).join(', ')} }`;
  };
  const spec = `version: 1
site: operated
certificates:
  portal: { file: portal.pem }
services:
  portal:
    preset: http
    listen: 127.0.0.1:${portal}
    allow: { sources: [127.0.0.1, ${STRANGER}] }
    check: { path: /health, interval: 1s }
    servers: ${servers('portal', mirrors)}
  secure:
    preset: http
    listen: 127.0.0.1:${secure}
    tls: { certificate: portal }
    check: { path: /health, interval: 1s }
    servers: ${servers('secure', mirrors)}
  pacs:
    preset: dicom
    listen: 127.0.0.1:${pacs}
    check: { interval: 1s }
    servers: ${servers('pacs', archives)}
  adt:
    preset: hl7-mllp
    listen: 127.0.0.1:${adt}
    check: { type: hl7, interval: 1s }
    servers: ${servers('adt', journals)}
`;
  vagus = await startVagus(spec, { files: { 'portal.pem': (await trusted.issue(NAME)).pem } });
  await waitFor(
    'all is up',
    async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'),
    30_000,
  );
  // What HAProxy makes of a weight that nobody gave.
  const rows = await serversNow(vagus.stateDirectory);
  for (const [service, known] of wanted) {
    for (const [name, server] of known) server.weight = Number(rows.get(`${service}/${name}`)?.get('srv_uweight'));
  }
});

afterAll(async () => {
  await vagus?.stop();
  await Promise.all((archives ?? []).map((archive) => archive.kill()));
  for (const journal of journals ?? []) journal.close();
  await endPrograms();
});

const api = (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', path: string, content?: unknown): Promise<Told> =>
  askController(vagus.stateDirectory, method, path, content);

const pathOf = (service: string, server: string): string => `/services/${service}/pools/default/servers/${server}`;

const serverOf = (service: string, name: string): Wanted => {
  const server = wanted.get(service)?.get(name);
  if (server === undefined) throw new Error(`no ${service}/${name} is wanted`);
  return server;
};

/** Has a change made, which has to be live. */
async function live(what: string, method: 'PUT' | 'PATCH' | 'DELETE', path: string, content?: unknown): Promise<void> {
  doing(what);
  const answer = await api(method, path, content);
  expect(answer, `${what}: ${answer.body}`).toMatchObject({ status: 200 });
  if (!path.endsWith('/state')) expect(answer.json(), what).toMatchObject({ how: 'live' });
}

/** HAProxy has every server as it is wanted, and takes no others. */
async function expectAllAsWanted(when: string): Promise<void> {
  const rows = await serversNow(vagus.stateDirectory);
  const known = [...wanted].flatMap(([service, servers]) =>
    [...servers].map(([name, server]) => [`${service}/${name}`, server] as const),
  );
  const found = known.map(([label]) => {
    const row = rows.get(label);
    const out = (Number(row?.get('srv_admin_state')) & 0x09) !== 0;
    const limit = row?.limit ?? '';
    return [label, { port: row?.get('srv_port'), weight: row?.get('srv_uweight'), limit, out }];
  });
  expect(Object.fromEntries(found), `after ${when}`).toEqual(
    Object.fromEntries(
      known.map(([label, { port, weight, limit, out }]) => [
        label,
        { port: String(port), weight: String(weight), limit: limit === undefined ? '' : String(limit), out },
      ]),
    ),
  );
  const labels = new Set<string>(known.map(([label]) => label));
  const others = [...rows].filter(([label, row]) => !labels.has(label) && row.get('srv_admin_state') === '0');
  expect(
    others.map(([label]) => label),
    `after ${when}`,
  ).toEqual([]);
}

/** One of each kind of live change, other servers and values in every round. */
function changesOf(round: number): readonly (() => Promise<void>)[] {
  const web = ['portal', 'secure'][round % 2] ?? 'portal';
  const member = `web${(round % 3) + 1}`;
  const archive = `pacs${(round % 2) + 1}`;
  const engine = `engine${(round % 2) + 1}`;
  const extra = `extra${round}`;
  const weight = async (service: string, name: string, value: number): Promise<void> => {
    await live(`weight of ${service}/${name}`, 'PATCH', pathOf(service, name), { weight: value });
    serverOf(service, name).weight = value;
  };
  const move = async (service: string, name: string, to: { readonly port: number } | undefined): Promise<void> => {
    const port = to?.port ?? 0;
    await live(`address of ${service}/${name}`, 'PATCH', pathOf(service, name), { address: `127.0.0.1:${port}` });
    serverOf(service, name).port = port;
  };
  const add = async (service: string, name: string, at: { readonly port: number } | undefined): Promise<void> => {
    const port = at?.port ?? 0;
    await live(`add ${service}/${name}`, 'PUT', pathOf(service, name), { address: `127.0.0.1:${port}`, weight: 50 });
    wanted.get(service)?.set(name, { port, weight: 50, limit: undefined, out: false });
  };
  const give = async (service: string, name: string, state: 'drain' | 'ready'): Promise<void> => {
    await live(`${state} ${service}/${name}`, 'PUT', `${pathOf(service, name)}/state`, { state });
    serverOf(service, name).out = state === 'drain';
  };
  return [
    () => weight(web, member, 10 + round),
    async () => {
      const limits = { connections: 50 + round };
      await live(`limit of ${web}/${member}`, 'PATCH', pathOf(web, member), { limits });
      serverOf(web, member).limit = limits.connections;
    },
    () =>
      move(
        'adt',
        engine,
        journals.find(({ port }) => port !== serverOf('adt', engine).port),
      ),
    () => add(web, extra, mirrors[round % mirrors.length]),
    async () => {
      const sources = round % 2 === 0 ? ['127.0.0.1'] : ['127.0.0.1', STRANGER];
      await live('who may use the portal', 'PATCH', '/spec', { services: { portal: { allow: { sources } } } });
      const stranger = await ask(`http://127.0.0.1:${ports.portal}/`, { localAddress: STRANGER });
      expect(stranger.status, `a stranger among ${sources.join(', ')}`).toBe(sources.includes(STRANGER) ? 200 : 403);
    },
    () => give(round % 3 === 0 ? 'adt' : web, round % 3 === 0 ? 'engine1' : member, 'drain'),
    () => give(round % 3 === 0 ? 'adt' : web, round % 3 === 0 ? 'engine1' : member, 'ready'),
    async () => {
      // What was added in this round is taken away again, and so are connections to it.
      await live(`remove ${web}/${extra}`, 'DELETE', pathOf(web, extra));
      wanted.get(web)?.delete(extra);
    },
    () => weight('pacs', archive, 60 + round),
    () =>
      move(
        'pacs',
        archive,
        archives.find(({ port }) => port !== serverOf('pacs', archive).port),
      ),
  ];
}

async function reload(round: number): Promise<void> {
  doing(`reload ${round + 1}`);
  const before = await workerNow(vagus.stateDirectory);
  const patch = { services: { portal: { timeouts: { client: `${61 + round}s` } } } };
  const answer = await api('PATCH', '/spec', patch);
  expect(answer, answer.body).toMatchObject({ status: 200 });
  expect(answer.json()).toMatchObject({ how: 'reload' });
  expect(await workerNow(vagus.stateDirectory)).not.toBe(before);
}

/** A new certificate under the old name, put in force as people do: by applying the spec again. */
async function swapCertificate(): Promise<void> {
  doing('certificate');
  const worker = await workerNow(vagus.stateDirectory);
  const before = await shownCertificate();
  vagus.write('portal.pem', (await trusted.issue(NAME)).pem);
  vagus.write('hospital.yaml', (await api('GET', '/spec')).body);
  const { exitCode, stdout, stderr } = await vagus.cli(
    'apply',
    `${vagus.directory}/hospital.yaml`,
    '--no-gate',
    '--json',
  );
  expect(exitCode, stderr + stdout).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    how: 'live',
    steps: [{ subject: expect.stringContaining('file') as string }],
  });
  expect(await shownCertificate()).not.toBe(before);
  expect(await workerNow(vagus.stateDirectory), 'a certificate takes no reload').toBe(worker);
}

async function shownCertificate(): Promise<string> {
  const certificates = JSON.parse((await api('GET', '/certificates')).body) as readonly {
    readonly fingerprint: string;
  }[];
  const shown = await ask(`https://${NAME}:${ports.secure}/`, { ca: trusted.pem });
  expect(certificates.map(({ fingerprint }) => fingerprint)).toContain(shown.tls?.fingerprint);
  return shown.tls?.fingerprint ?? '';
}

/** The last changes are not even on disk as files: the next controller finds them in force, and leaves them so. */
async function killController(): Promise<void> {
  doing('kill -9');
  const worker = await workerNow(vagus.stateDirectory);
  const revision = (await api('GET', '/controller')).json()['revision'];
  await vagus.kill9();
  doing('a new controller');
  await vagus.again();
  await waitFor('the API answers', async () => (await api('GET', '/controller').catch(() => undefined)) !== undefined);
  expect((await api('GET', '/controller')).json()['revision']).toBe(revision);
  expect(await workerNow(vagus.stateDirectory), 'a new controller takes over what runs').toBe(worker);
}

test('a day of changes: nothing fails, is cut, lost or sent twice', { timeout: 300_000 }, async ({ annotate }) => {
  const began = performance.now();
  const web = `http://127.0.0.1:${ports.portal}/`;
  const secure = `https://${NAME}:${ports.secure}/`;
  const quietly = { workers: 1, every: 5 };
  const loads: Readonly<Record<string, Load>> = {
    kept: await startLoad({ url: web, kinds: ['kept'], ...quietly }),
    new: await startLoad({ url: web, kinds: ['new'], ...quietly }),
    https: await startLoad({ url: secure, ca: trusted.file, ...quietly }),
  };
  const associations: Steady[] = [
    await steadyAssociation(ports.pacs, 'CT0'),
    await steadyAssociation(ports.pacs, 'MR0'),
  ];
  const feed = await steadyFeed(ports.adt, 'ADT');
  const counts = { live: 0, reloads: 0, certificates: 0, kills: 0 };

  for (let round = 0; round < ROUNDS; round += 1) {
    const worker = await workerNow(vagus.stateDirectory);
    for (const change of changesOf(round)) {
      await change();
      counts.live += 1;
      await expectAllAsWanted(doings.at(-1)?.what ?? '');
    }
    expect(await workerNow(vagus.stateDirectory), `the live changes of round ${round}`).toBe(worker);
    if (round % 2 === 0) {
      await killController();
      counts.kills += 1;
    } else {
      await swapCertificate();
      counts.certificates += 1;
    }
    await expectAllAsWanted(doings.at(-1)?.what ?? '');
    await reload(round);
    counts.reloads += 1;
    await expectAllAsWanted(`reload ${round + 1}`);
    if (round % 5 === 4) associations.push(await steadyAssociation(ports.pacs, `CT${round}`));
  }

  doing('the end');
  const reports = await Promise.all(
    Object.entries(loads).map(async ([name, load]) => [name, await load.stop()] as const),
  );
  await Promise.all([...associations, feed].map((steady) => steady.stop()));
  const failures = [
    ...reports.flatMap(([name, { failures: failed }]) =>
      failed.map(({ at, why, took }) => ({ at, why: `${name}: ${why} after ${took} ms` })),
    ),
    ...[...associations, feed].flatMap((steady) => steady.failures()),
  ].map(({ at, why }) => `${new Date(at).toISOString().slice(11, 23)} while ${doingAt(at)}: ${why}`);
  const received = journals.flatMap((journal) => journal.received);
  const echoes = associations.reduce((sum, steady) => sum + steady.done(), 0);

  await annotate(
    [
      `${counts.live} live changes, ${counts.reloads} reloads, ${counts.certificates} certificates, ${counts.kills} kills in ${Math.round((performance.now() - began) / 1_000)} s`,
      ...reports.map(([name, report]) => `${name}: ${told(report).split('\n')[0]}`),
      `${associations.length} associations, ${echoes} C-ECHOs; ${feed.sent().length} messages, ${received.length} received`,
    ].join('; '),
  );
  expect(failures).toEqual([]);
  expect(received.toSorted(), 'every message once').toEqual(feed.sent().toSorted());
  expect(vagus.output()).not.toMatch(/took back|could not|a mistake in Vagus/i);
  expect(counts).toEqual({
    live: ROUNDS * LIVE_CHANGES_A_ROUND,
    reloads: ROUNDS,
    certificates: ROUNDS / 2,
    kills: ROUNDS / 2,
  });
});
