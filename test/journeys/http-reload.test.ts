import { get } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, type Question } from '../support/http/ask.ts';
import { type Authority, authority } from '../support/http/certificates.ts';
import { startH2Load } from '../support/http/h2-load.ts';
import { startLoad, told } from '../support/http/load.ts';
import { type Mirror, startMirror, serverOf } from '../support/http/mirror.ts';
import { endPrograms } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// The spec is edited and applied twenty times while everybody works.

const RELOADS = 20;
const NAME = 'portal.example';

let trusted: Authority;
let vagus: Vagus;
let mirrors: readonly Mirror[];
let spec: (edit: number) => string;
const urls = { portal: '', secure: '', cookie: '', source: '', header: '', study: '' };

beforeAll(async () => {
  trusted = await authority('The hospital');
  const ports = await freePorts(6);
  for (const [index, service] of (Object.keys(urls) as (keyof typeof urls)[]).entries()) {
    urls[service] = `${service === 'secure' ? 'https' : 'http'}://127.0.0.1:${ports[index]}/`;
  }
  const listen = (service: keyof typeof urls) => `127.0.0.1:${new URL(urls[service]).port}`;
  mirrors = await Promise.all(['web1', 'web2', 'web3', 'web4'].map((name) => startMirror(name)));
  const servers = mirrors.map(({ name, port }) => `${name}: 127.0.0.1:${port}`).join(', ');
  const common = `check: { path: /health, interval: 1s }
    servers: { ${servers} }`;
  spec = (edit) => `
version: 1
site: st-elsewhere
certificates:
  portal: { file: portal.pem }
services:
  portal:
    preset: http
    listen: ${listen('portal')}
    timeouts: { client: ${60 + edit}s }
    ${common}
  secure:
    preset: http
    listen: ${listen('secure')}
    tls: { certificate: portal }
    ${common}
  cookie:
    preset: http
    listen: ${listen('cookie')}
    persistence: { cookie: VAGUS_SERVER }
    ${common}
  source:
    preset: http
    listen: ${listen('source')}
    persistence: { source: 30m }
    ${common}
  header:
    preset: http
    listen: ${listen('header')}
    persistence: { header: X-Session }
    ${common}
  study:
    preset: dicomweb
    tls: none
    listen: ${listen('study')}
    persistence: { path: study }
    ${common}
`;
  vagus = await startVagus(spec(0), { files: { 'portal.pem': (await trusted.issue(NAME)).pem } });
  await waitFor(
    'all is up',
    async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'),
    30_000,
  );
});

afterAll(async () => {
  await vagus?.stop();
  await endPrograms();
});

/** People who must stay with the server they have, however it is that they are recognised. */
async function arrive(): Promise<
  readonly { readonly who: string; readonly server: string; readonly again: () => Promise<string> }[]
> {
  const people: { who: string; url: string; question: Question }[] = [];
  for (let person = 1; person <= 8; person += 1) {
    people.push(
      { who: `cookie ${person}`, url: urls.cookie, question: {} },
      { who: `source ${person}`, url: urls.source, question: { localAddress: `127.0.1.${person}` } },
      { who: `header ${person}`, url: urls.header, question: { headers: { 'x-session': `person-${person}` } } },
      { who: `study ${person}`, url: `${urls.study}studies/1.2.${person}/series`, question: {} },
    );
  }
  return Promise.all(
    people.map(async ({ who, url, question }) => {
      const first = await ask(url, question);
      const cookie = first.headers['set-cookie']?.[0]?.split(';')[0];
      const asked = cookie === undefined ? question : { headers: { cookie } };
      return { who, server: serverOf(first), again: async () => serverOf(await ask(url, asked)) };
    }),
  );
}

test(`${RELOADS} reloads under load: nothing is lost, nobody loses their server, and what is under way completes`, async ({
  annotate,
}) => {
  const [, , web3] = mirrors;
  await vagus.cli('server', 'drain', 'portal/web2');
  const people = await arrive();
  expect(new Set(people.map(({ server }) => server)).size).toBeGreaterThan(1);

  let downloaded = 0;
  const download = new Promise<string>((resolve, reject) => {
    get(`${urls.portal}?chunks=100&every=200`, { agent: false }, (response) => {
      response.on('data', (chunk: Buffer) => (downloaded += chunk.length));
      response.on('error', reject);
      response.on('end', () => resolve(response.complete ? 'complete' : 'cut short'));
    }).on('error', reject);
  });
  await waitFor('the download is under way', () => downloaded > 0);
  const load = await startLoad({ url: urls.portal, workers: 3 });
  const h2 = startH2Load({ url: urls.secure, ca: trusted.pem, servername: NAME });

  for (let edit = 1; edit <= RELOADS; edit += 1) {
    const { ok } = load.report();
    await vagus.apply(spec(edit));
    if (edit === 1) expect(downloaded).toBeLessThan(100 * 1_024);
    await waitFor('the load goes on', () => load.report().ok > ok);
  }
  expect(vagus.output().match(/took over by a reload/g)).toHaveLength(RELOADS);
  expect((await vagus.server('portal/web2')).state).toMatch(/^(drain|maint)$/);

  const [report, h2Report] = await Promise.all([load.stop(), h2.stop()]);
  await annotate(
    `HTTP/1.1: ${told(report)}\nHTTP/2: ${told(h2Report)}, ${h2Report.goneAway} GOAWAY, ${h2Report.crossed} crossed one`,
  );
  expect(report.failures, told(report)).toEqual([]);
  expect(report.ok).toBeGreaterThan(1_000);
  expect(h2Report.failures, told(h2Report)).toEqual([]);
  expect(h2Report.connections).toBeGreaterThan(RELOADS / 2);

  expect(await Promise.all(people.map(async ({ who, again }) => `${who}: ${await again()}`))).toEqual(
    people.map(({ who, server }) => `${who}: ${server}`),
  );
  expect(await download).toBe('complete');
  expect(downloaded).toBe(100 * 1_024);

  await web3?.kill();
  await waitFor('web3 is down', async () => (await vagus.server('portal/web3')).state === 'down', 20_000);
  for (const edit of [1, 2]) {
    await vagus.apply(spec(edit));
    expect(await vagus.server('portal/web3')).toMatchObject({ state: 'down' });
  }
});
