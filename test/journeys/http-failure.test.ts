import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followServers } from '../support/http/events.ts';
import { type Load, startLoad, told } from '../support/http/load.ts';
import { type Mirror, startMirror } from '../support/http/mirror.ts';
import { type Namespace, networkNamespace } from '../support/http/namespace.ts';
import { endPrograms, temporaryDirectory } from '../support/programs.ts';
import { freePorts } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';
import { waitFor } from '../support/wait.ts';

// One of three servers fails in three ways under steady load. Nobody who reads notices; what writes is never done twice.

/** From the failure until HAProxy gives the server nothing more, ms, at `interval: 500ms`. */
const OUT_WITHIN = 1_500;
/** A request that was stuck on the failed server is answered by another one within this, ms; the time-out is 60 s. */
const FREED_WITHIN = 8_000;
const LEAST = 20_000;
const WRITERS = 8;

describe.skipIf(process.getuid?.() !== 0)('a server fails under load', () => {
  let network: Namespace;
  let vagus: Vagus;
  let mirrors: readonly [Mirror, Mirror, Mirror];
  let reads: Load;
  let writes: Load;
  let events: ReturnType<typeof followServers>;
  let journal: string;
  const accounts: string[] = [];

  beforeAll(async () => {
    network = await networkNamespace();
    const { within } = network;
    journal = join(temporaryDirectory('journal'), 'executed');
    const [vip = 0] = await freePorts(1);
    const start = (name: string) => startMirror(name, { journal, within });
    mirrors = await Promise.all([start('web1'), start('web2'), start('web3')]);
    const servers = mirrors.map(({ name, port }) => `${name}: 127.0.0.1:${port}`).join(', ');
    vagus = await startVagus(
      `
version: 1
site: st-elsewhere
services:
  portal:
    preset: http
    listen: 127.0.0.1:${vip}
    check: { path: /health, interval: 500ms }
    servers: { ${servers} }
`,
      { within },
    );
    await allUp();
    events = followServers(vagus);
    const url = `http://127.0.0.1:${vip}/`;
    [reads, writes] = await Promise.all([
      startLoad({ url, workers: 4 }, within),
      startLoad({ url: `${url}?delay=100`, method: 'POST', body: 'a', workers: WRITERS / 2 }, within),
    ]);
  });

  afterAll(async () => {
    events?.close();
    await vagus?.stop();
    await endPrograms();
    network?.end();
  });

  const allUp = () =>
    waitFor(
      'all servers are up',
      async () => {
        const { services } = await vagus.status();
        return services.every(({ verdict }) => verdict === 'up');
      },
      15_000,
    );

  /** Breaks a server, and returns how long it took until it was out. Reads go on as if nothing had happened. */
  async function fails(server: string, how: () => void | Promise<void>): Promise<number> {
    const before = Date.now();
    await how();
    const broken = Date.now();
    const out = (await events.next(server, false, before)).at - broken;
    await reads.more(3_000);
    expect(reads.report().failures, told(reads.report())).toEqual([]);
    accounts.push(`${server} out after ${out} ms; slowest read ${reads.report().slowestMs} ms`);
    return out;
  }

  async function comesBack(server: string, how: () => unknown): Promise<void> {
    const at = Date.now();
    await how();
    await events.next(server, true, at);
    await allUp();
  }

  test('killed: kill -9', async () => {
    const [web1] = mirrors;
    expect(await fails('web1', () => web1.kill())).toBeLessThan(OUT_WITHIN);
    await comesBack('web1', () => startMirror('web1', { port: web1.port, journal, within: network.within }));
  });

  test('hung: SIGSTOP', async () => {
    const [, web2] = mirrors;
    expect(await fails('web2', () => web2.hang())).toBeLessThan(OUT_WITHIN);
    expect(reads.report().slowestMs).toBeLessThan(FREED_WITHIN);
    await comesBack('web2', () => web2.resume());
  });

  test('black hole: every packet dropped', async () => {
    const [, , web3] = mirrors;
    expect(await fails('web3', () => network.blackHole(web3.port))).toBeLessThan(OUT_WITHIN);
  });

  test(`in all, no read of ${LEAST} was lost, none was stuck for long, and no write was done twice`, async ({
    annotate,
  }) => {
    await waitFor('enough reads', () => reads.report().ok >= LEAST, 60_000);
    const [read, written] = await Promise.all([reads.stop(), writes.stop()]);
    await annotate([...accounts, `reads: ${told(read)}`, `writes: ${told(written)}`].join('\n'));
    expect(read.failures, told(read)).toEqual([]);
    expect(read.slowestMs).toBeLessThan(FREED_WITHIN);
    // Of the writes, those that were under way on the failed server are lost, and their senders know.
    expect(written.ok).toBeGreaterThan(100);
    expect(written.failures.length, told(written)).toBeLessThanOrEqual(WRITERS * mirrors.length);

    const posts = readFileSync(journal, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('POST '));
    const ids = posts.map((line) => line.split(' ')[1]);
    const twice = ids.filter((id, index) => ids.indexOf(id) !== index);
    expect(ids.length).toBeGreaterThanOrEqual(written.ok);
    expect(posts.filter((line) => twice.some((id) => id !== undefined && line.includes(id)))).toEqual([]);
  });
});
