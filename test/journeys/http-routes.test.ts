import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { ask, type Question } from '../support/http/ask.ts';
import { type Mirror, type Mirrored, startMirror, serverOf } from '../support/http/mirror.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { freePort, freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Which server a request goes to: routes, backups, persistence, queues.

let vagus: Vagus;

afterEach(async () => {
  await vagus?.stop();
  await endPrograms();
});

const list = (mirrors: readonly Mirror[]) => mirrors.map(({ name, port }) => `${name}: 127.0.0.1:${port}`).join(', ');
const mirrors = (...wanted: readonly string[]) => Promise.all(wanted.map((name) => startMirror(name)));
const is = (label: string, state: string) =>
  waitFor(`${label} is ${state}`, async () => (await vagus.server(label)).state === state, 20_000);
/** Starts Vagus, and waits until every server was found healthy. */
const run = async (services: string) => {
  vagus = await startVagus(`version: 1\nsite: st-elsewhere\nservices:\n${services}`);
  await waitFor(
    'all is up',
    async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'),
    20_000,
  );
};

test('routes by host, path and source; the first that holds decides; what none takes is not found', async () => {
  const [a, b, c] = (await mirrors('records', 'images', 'labs')) as [Mirror, Mirror, Mirror];
  const port = await freePort();
  await run(`
  web:
    preset: http
    listen: 127.0.0.1:${port}
    check: { path: /health, interval: 500ms, timeout: 500ms }
    routes:
      - { when: { host: records.example }, pool: records }
      - { when: { path: [/images, /dicom-web/] }, pool: images }
      - { when: { sources: 127.9.0.0/16, path: /labs }, pool: labs }
    pools:
      records: { servers: { ${list([a])} } }
      images: { servers: { ${list([b])} } }
      labs: { servers: { ${list([c])} } }
`);
  const to = async (path: string, question: Question = {}) => {
    const answer = await ask(`http://127.0.0.1:${port}${path}`, question);
    return answer.status === 200 ? serverOf(answer) : answer.status;
  };
  const host = (name: string): Question => ({ headers: { host: name } });
  expect(await to('/', host('records.example'))).toBe('records');
  expect(await to('/images/1', host('Records.EXAMPLE:8443'))).toBe('records');
  expect(await to('/images')).toBe('images');
  expect(await to('/images/1?x=/labs')).toBe('images');
  expect(await to('/dicom-web/studies')).toBe('images');
  expect(await to('/imagesomething')).toBe(404);
  expect(await to('/labs')).toBe(404);
  expect(await to('/labs', { localAddress: '127.9.1.1' })).toBe('labs');
  expect(await to('/', host('records.example.org'))).toBe(404);
});

test('persistence: people stay where they are, and move when their server goes', async () => {
  const servers = await mirrors('web1', 'web2', 'web3');
  const [cookie = 0, source = 0, header = 0, study = 0] = await freePorts(4);
  const service = (name: string, preset: string, port: number, persistence: string) => `
  ${name}:
    preset: ${preset}
    listen: 127.0.0.1:${port}
    persistence: ${persistence}
    check: { path: /health, interval: 500ms, timeout: 500ms }
    servers: { ${list(servers)} }`;
  await run(
    [
      service('cookie', 'http', cookie, '{ cookie: HOSPITAL_SERVER }'),
      service('source', 'http', source, '{ source: 30m }'),
      service('header', 'http', header, '{ header: X-Session, for: 30m }'),
      service('study', 'dicomweb', study, '{ path: study }').replace(
        'preset: dicomweb',
        'preset: dicomweb\n    tls: none',
      ),
    ].join(''),
  );
  const url = (port: number, path = '/') => `http://127.0.0.1:${port}${path}`;
  const people = Array.from({ length: 12 }, (_, person) => person + 1);

  const first = await ask(url(cookie));
  const [set = ''] = first.headers['set-cookie'] ?? [];
  expect(set).toMatch(/^HOSPITAL_SERVER=web\d; /);
  expect(set).toMatch(/HttpOnly/);
  expect(set).toMatch(/SameSite=Lax/);
  const jar = set.split(';')[0] ?? '';
  const again = await ask(url(cookie), { headers: { cookie: `other=1; ${jar}` } });
  expect(again.headers['set-cookie']).toBeUndefined();
  // The cookie is between Vagus and the browser: the server never sees it.
  expect((JSON.parse(again.body) as Mirrored).headers['cookie']).toBe('other=1');

  const visits: readonly ((person: number) => Promise<string>)[] = [
    async () => serverOf(await ask(url(cookie), { headers: { cookie: jar } })),
    async (person) => serverOf(await ask(url(source), { localAddress: `127.0.2.${person}` })),
    async (person) => serverOf(await ask(url(header), { headers: { 'x-session': `session-${person}` } })),
    async (person) =>
      serverOf(await ask(url(study, `${person % 2 === 0 ? '' : '/dicom-web'}/studies/1.2.840.${person}/series/1`))),
  ];
  const everybody = () => Promise.all(visits.flatMap((visit) => people.map((person) => visit(person))));
  const before = await everybody();
  expect(new Set(before).size).toBe(3);
  expect(await everybody()).toEqual(before);
  // The same study, asked for in another way.
  expect(serverOf(await ask(url(study, '/studies/1.2.840.1/metadata')))).toBe(before[3 * people.length]);

  const [web1] = servers;
  await web1?.health(503);
  await Promise.all(['cookie', 'source', 'header', 'study'].map((name) => is(`${name}/web1`, 'down')));
  const after = await everybody();
  expect(after).not.toContain('web1');
  for (const [index, server] of before.entries()) if (server !== 'web1') expect(after[index]).toBe(server);
});

test('who is more urgent leaves the queue first', async () => {
  const journal = join(temporaryDirectory('journal'), 'arrived');
  const app = await startMirror('app', { journal });
  const port = await freePort();
  await run(`
  web:
    preset: http
    listen: 127.0.0.1:${port}
    check: { type: tcp, interval: 1s }
    timeouts: { queue: 60s }
    priority:
      - { when: { host: er.example }, class: stat }
      - { when: { path: /wards }, class: urgent }
    servers: { app: { address: 127.0.0.1:${app.port}, limits: { connections: 1 } } }
`);
  const arrived = () =>
    readFileSync(journal, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ')[1]);
  const held = (id: string, path: string, host = 'web.example') =>
    ask(`http://127.0.0.1:${port}${path}?hold`, { headers: { 'x-request-id': id, host }, timeout: 60_000 });
  const requests = [held('first', '/')];
  await waitFor('the first is at work', async () => (await app.requests()) === 1);
  const connections = async () => (await vagus.status()).services[0]?.connections;
  for (const [id, path, host] of [
    ['routine-1', '/', undefined],
    ['routine-2', '/', undefined],
    ['urgent', '/wards/1', undefined],
    ['stat', '/', 'er.example'],
  ] as const) {
    requests.push(held(id, path, host));
    await waitFor(`${id} is in the queue`, async () => (await connections()) === requests.length);
  }
  for (let count = 1; count <= requests.length; count += 1) {
    await waitFor(`${count} have arrived`, async () => (await app.requests()) === count);
    await app.release();
  }
  expect((await Promise.all(requests)).every(({ status }) => status === 200)).toBe(true);
  expect(arrived()).toEqual(['first', 'stat', 'urgent', 'routine-1', 'routine-2']);
});

test('failover: the first that is up takes everything; a backup serves only when nobody else can', async () => {
  const servers = (await mirrors('first', 'second', 'third', 'sorry')) as [Mirror, Mirror, Mirror, Mirror];
  const [first, second, third, sorry] = servers;
  const [inOrder = 0, withBackup = 0] = await freePorts(2);
  await run(`
  in-order:
    preset: http
    listen: 127.0.0.1:${inOrder}
    balance: failover
    check: { path: /health, interval: 500ms, timeout: 500ms }
    servers: { ${list([first, second, third])} }
  with-backup:
    preset: http
    listen: 127.0.0.1:${withBackup}
    check: { path: /health, interval: 500ms, timeout: 500ms }
    servers:
      sorry: { address: 127.0.0.1:${sorry.port}, backup: true }
      first: 127.0.0.1:${first.port}
      second: 127.0.0.1:${second.port}
`);
  const serve = async (port: number) => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => ask(`http://127.0.0.1:${port}/`)));
    return [...new Set(answers.map(serverOf))].toSorted();
  };
  const both = (server: string, state: string) =>
    Promise.all([is(`in-order/${server}`, state), is(`with-backup/${server}`, state)]);
  expect(await serve(inOrder)).toEqual(['first']);
  expect(await serve(withBackup)).toEqual(['first', 'second']);
  await first.health(503);
  await both('first', 'down');
  expect(await serve(inOrder)).toEqual(['second']);
  expect(await serve(withBackup)).toEqual(['second']);
  await second.health(503);
  await both('second', 'down');
  expect(await serve(inOrder)).toEqual(['third']);
  expect(await serve(withBackup)).toEqual(['sorry']);
  expect(await vagus.server('with-backup/sorry')).toMatchObject({ backup: true });
  await first.health(200);
  await both('first', 'up');
  expect(await serve(inOrder)).toEqual(['first']);
  expect(await serve(withBackup)).toEqual(['first']);
});

test('one application on several ports with one check, and a service that follows it', async () => {
  const [web = 0, api = 0, follower = 0] = await freePorts(3);
  const hosts = ['127.0.3.1', '127.0.3.2'] as const;
  const start = (host: string, port: number) => startMirror(`${host}:${port}`, { host, port });
  const [, api1] = await Promise.all(hosts.flatMap((host) => [start(host, web), start(host, api)]));
  await run(`
  ccw:
    preset: http
    listen: [127.0.0.1:${web}, 127.0.0.1:${api}]
    check: { port: ${api}, path: /health, interval: 500ms, timeout: 500ms }
    servers: { ccw1: ${hosts[0]}, ccw2: ${hosts[1]} }
  ccw-more:
    preset: http
    listen: 127.0.0.1:${follower}
    check: { follow: ccw }
    servers: { ccw1: ${hosts[0]}:${web}, ccw2: ${hosts[1]}:${web} }
`);
  const serve = async (port: number) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`http://127.0.0.1:${port}/`)));
    return [...new Set(answers.map(serverOf))].toSorted();
  };
  expect(await serve(web)).toEqual(hosts.map((host) => `${host}:${web}`));
  expect(await serve(api)).toEqual(hosts.map((host) => `${host}:${api}`));
  expect(await serve(follower)).toEqual(hosts.map((host) => `${host}:${web}`));

  await api1?.health(503);
  await Promise.all([is('ccw/ccw1', 'down'), is('ccw-more/ccw1', 'down')]);
  expect(await serve(web)).toEqual([`${hosts[1]}:${web}`]);
  expect(await serve(api)).toEqual([`${hosts[1]}:${api}`]);
  expect(await serve(follower)).toEqual([`${hosts[1]}:${web}`]);
  expect((await vagus.server('ccw-more/ccw1')).why).toContain('ccw/ccw1');

  await api1?.health(200);
  await Promise.all([is('ccw/ccw1', 'up'), is('ccw-more/ccw1', 'up')]);
});
