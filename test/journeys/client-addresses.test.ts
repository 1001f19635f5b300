import { Agent } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { workerNow } from '../support/controller.ts';
import { ask, type Question } from '../support/http/ask.ts';
import { authority } from '../support/http/certificates.ts';
import { type Mirrored, startMirror } from '../support/http/mirror.ts';
import { endPrograms, startProgram, temporaryDirectory } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// Who a client is, through proxies of others in front of Vagus and behind it, and whatever clients say of themselves.

let vagus: Vagus;

afterEach(async () => {
  await vagus?.stop();
  await endPrograms();
});

const CLIENT = '127.5.5.5';
const OTHER = '127.6.6.6';
const EDGE = '127.9.0.2';
/** What a client says to be taken for somebody else. */
const LIES = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '1',
  'x-forwarded-prefix': '/evil',
  forwarded: 'for=203.0.113.9',
};

const run = async (services: string): Promise<void> => {
  vagus = await startVagus(specOf(services));
  await isUp();
};
const specOf = (services: string): string => `version: 1\nsite: st-elsewhere\nservices:\n${services}`;
const isUp = () =>
  waitFor('all is up', async () => (await vagus.status()).services.every(({ verdict }) => verdict === 'up'), 20_000);

/** A HAProxy that is none of ours. */
async function startHaproxy(sections: string): Promise<void> {
  const file = join(temporaryDirectory('other'), 'haproxy.cfg');
  writeFileSync(
    file,
    `defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 1m\n  timeout server 1m\n${sections}\n`,
  );
  const program = startProgram(process.env['VAGUS_HAPROXY'] ?? 'haproxy', ['-db', '-f', file]);
  const ports = [...sections.matchAll(/bind 127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  for (const port of ports) {
    await waitFor(`the other HAProxy listens on ${port}`, async () => {
      if (!program.running()) throw new Error(program.output());
      return ask(`http://127.0.0.1:${port}/`, { timeout: 500 }).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code !== 'ECONNREFUSED',
      );
    });
  }
}

const headersAt = async (
  port: number,
  from: string,
  question: Question = {},
): Promise<Mirrored['headers'] | number> => {
  const answer = await ask(`http://127.0.0.1:${port}/`, { localAddress: from, ...question });
  return answer.status === 200 ? (JSON.parse(answer.body) as Mirrored).headers : answer.status;
};

test('of what a client says of its address nothing is passed on', async () => {
  const web = await startMirror('web');
  const [port = 0] = await freePorts(1);
  await run(`  web: { preset: http, listen: 127.0.0.1:${port}, servers: { web: 127.0.0.1:${web.port} } }`);
  const seen = await headersAt(port, CLIENT, { headers: LIES });
  expect(seen).toMatchObject({
    'x-forwarded-for': CLIENT,
    'x-forwarded-proto': 'http',
    'x-forwarded-host': `127.0.0.1:${port}`,
  });
  expect(Object.keys(seen)).not.toContain('x-forwarded-port');
  expect(Object.keys(seen)).not.toContain('x-forwarded-prefix');
  expect(Object.keys(seen)).not.toContain('forwarded');
});

test('behind a proxy that sends PROXY headers, the client is whom it names; others cannot name anybody', async () => {
  const web = await startMirror('web');
  const [port = 0, edge = 0, stranger = 0] = await freePorts(3);
  await run(`
  web:
    preset: http
    listen: 127.0.0.1:${port}
    behind: { sources: ${EDGE} }
    allow: { sources: [${CLIENT}, ${EDGE}] }
    servers: { web: 127.0.0.1:${web.port} }`);
  const frontOf = (name: string, at: number, from: string): string => `
listen ${name}
  bind 127.0.0.1:${at}
  server vagus 127.0.0.1:${port} send-proxy-v2 source ${from}`;
  await startHaproxy(`${frontOf('edge', edge, EDGE)}\n${frontOf('stranger', stranger, CLIENT)}`);

  expect(await headersAt(edge, CLIENT, { headers: LIES })).toMatchObject({ 'x-forwarded-for': CLIENT });
  expect(await headersAt(edge, OTHER)).toBe(403);
  expect(await headersAt(port, CLIENT)).toMatchObject({ 'x-forwarded-for': CLIENT });
  expect(await headersAt(stranger, CLIENT)).toBe(400);
  await expect(headersAt(port, EDGE)).rejects.toThrow();
});

test('behind proxies that write X-Forwarded-For, the client is the last address that is none of theirs', async () => {
  const web = await startMirror('web');
  const [port = 0] = await freePorts(1);
  await run(`
  web:
    preset: http
    listen: 127.0.0.1:${port}
    behind: { sources: 127.9.0.0/16, clientAddress: x-forwarded-for }
    allow: { sources: [${CLIENT}, 127.9.0.0/16] }
    servers: { web: 127.0.0.1:${web.port} }`);
  const said = (from: string, chain: string | undefined, more = {}, agent?: Agent) =>
    headersAt(port, from, {
      headers: { ...more, ...(chain && { 'x-forwarded-for': chain }) },
      ...(agent && { agent }),
    });

  expect(await said(EDGE, `203.0.113.9, ${CLIENT}`)).toMatchObject({ 'x-forwarded-for': CLIENT });
  expect(await said(EDGE, `${CLIENT}, 127.9.0.3`)).toMatchObject({ 'x-forwarded-for': CLIENT });
  expect(await said(EDGE, `${CLIENT}, 127.9.0.4, 127.9.0.3`)).toMatchObject({ 'x-forwarded-for': CLIENT });
  expect(await said(EDGE, `${CLIENT}, ${OTHER}`)).toBe(403);
  expect(await said(EDGE, undefined)).toMatchObject({ 'x-forwarded-for': EDGE });
  expect(await said(OTHER, CLIENT)).toBe(403);
  expect(await said(CLIENT, '203.0.113.9', LIES)).toMatchObject({
    'x-forwarded-for': CLIENT,
    'x-forwarded-proto': 'http',
  });
  const proxied = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'ehr.example' };
  expect(await said(EDGE, CLIENT, proxied)).toMatchObject({ ...proxied, 'x-forwarded-for': CLIENT });

  // One connection of a proxy has the requests of many.
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect(await said(EDGE, CLIENT, {}, agent)).toMatchObject({ 'x-forwarded-for': CLIENT });
  expect(await said(EDGE, OTHER, {}, agent)).toBe(403);
  expect(await said(EDGE, undefined, {}, agent)).toMatchObject({ 'x-forwarded-for': EDGE });
  agent.destroy();
});

test('servers that read PROXY headers are told the client, are checked so, and can be added live', async () => {
  const [web = 0, lines = 0, inside = 0, more = 0, through = 0, secure = 0] = await freePorts(6);
  const { file } = await (await authority('inside')).issue('inside.example');
  const answering = (name: string, at: number): string => `
frontend ${name}
  mode http
  bind 127.0.0.1:${at} accept-proxy
  http-request return status 200 content-type application/json lf-string '{"server":"${name}","client":"%[src]"}'`;
  const tls = answering('secure', secure).replace('accept-proxy', `accept-proxy ssl crt ${file}`);
  await startHaproxy([answering('inside', inside), answering('more', more), tls].join('\n'));
  const specWith = (added: string): string =>
    specOf(`
  web:
    preset: http
    listen: 127.0.0.1:${web}
    balance: roundrobin
    proxyProtocol: v2
    servers: { inside: 127.0.0.1:${inside}${added} }
  lines:
    preset: tcp
    listen: 127.0.0.1:${lines}
    servers: { inside: { address: 127.0.0.1:${inside}, proxyProtocol: v1 } }
  through:
    preset: tcp
    listen: 127.0.0.1:${through}
    check: { type: http, tls: true }
    proxyProtocol: v2
    servers: { secure: 127.0.0.1:${secure} }
`);
  vagus = await startVagus(specWith(''));
  await isUp();
  const answer = async (port: number, from: string): Promise<unknown> =>
    JSON.parse((await ask(`http://127.0.0.1:${port}/`, { localAddress: from })).body);

  for (const from of [CLIENT, OTHER, CLIENT]) {
    expect(await answer(web, from)).toEqual({ server: 'inside', client: from });
    expect(await answer(lines, from)).toEqual({ server: 'inside', client: from });
  }
  const direct = { localAddress: CLIENT, rejectUnauthorized: false };
  const passed = await ask(`https://127.0.0.1:${through}/`, direct);
  expect(JSON.parse(passed.body)).toEqual({ server: 'secure', client: CLIENT });
  const worker = await workerNow(vagus.stateDirectory);
  await vagus.apply(specWith(`, more: 127.0.0.1:${more}`));
  await waitFor('the new server has its turn', async () => {
    const { server, client } = (await answer(web, OTHER)) as { server: string; client: string };
    expect(client).toBe(OTHER);
    return server === 'more';
  });
  expect(await workerNow(vagus.stateDirectory)).toBe(worker);
});
