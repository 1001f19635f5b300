import { afterAll, expect, test } from 'vitest';
import type { ConsoleFile } from '#api';

import { endPrograms } from '../support/programs.ts';
import { ALL, type Rig, startApi } from './support.ts';

afterAll(endPrograms);

const MINUTE = 60_000;
const file = (type: string, text: string): ConsoleFile => ({
  type,
  body: Buffer.from(text),
  gzip: Buffer.from(`small ${text}`),
});

async function withApi(files: ReadonlyMap<string, ConsoleFile>, look: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = await startApi({}, undefined, files);
  try {
    await look(rig);
  } finally {
    await rig.close();
  }
}

const BUILT = new Map([
  ['/index.html', file('text/html; charset=utf-8', '<!doctype html>')],
  ['/assets/index-1.js', file('text/javascript; charset=utf-8', 'start()')],
]);

test('the console is at the top, for everybody, and may load nothing from elsewhere', () =>
  withApi(BUILT, async (rig) => {
    const page = await rig.ask({ url: '/' });
    expect(page).toMatchObject({ statusCode: 200, body: '<!doctype html>' });
    const { headers } = page;
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
  }));

test('what has its content in its name is kept by the browser, and sent small to those who take that', () =>
  withApi(BUILT, async (rig) => {
    const plain = await rig.ask({ url: '/assets/index-1.js' });
    expect(plain.body).toBe('start()');
    expect(plain.headers['cache-control']).toMatch(/immutable/);
    const small = await rig.ask({ url: '/assets/index-1.js', headers: { 'accept-encoding': 'br, gzip' } });
    expect(small.headers['content-encoding']).toBe('gzip');
    expect(small.body).toBe('small start()');
  }));

test('where the console was not built, its address says how', () =>
  withApi(new Map(), async (rig) => {
    const page = await rig.ask({ url: '/' });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('make console');
  }));

test('what a page asks by itself keeps nobody logged in, and says how long the session lasts', () =>
  withApi(BUILT, async (rig) => {
    const cookie = await rig.session('anna', ALL);
    const me = async (headers: Record<string, string> = {}) =>
      rig.ask({ url: '/api/v1/me', headers: { cookie, ...headers } });
    const unattended = { 'x-vagus-unattended': '1' };
    expect((await me()).json()).toMatchObject({ endsIn: 15 * MINUTE });
    rig.clock.now += 10 * MINUTE;
    expect((await me(unattended)).json()).toMatchObject({ endsIn: 5 * MINUTE });
    expect((await me()).json()).toMatchObject({ endsIn: 15 * MINUTE });
    rig.clock.now += 14 * MINUTE;
    expect((await me(unattended)).json()).toMatchObject({ endsIn: MINUTE });
    rig.clock.now += MINUTE;
    expect((await me()).statusCode).toBe(401);
  }));

test('to follow what happens keeps nobody logged in', () =>
  withApi(BUILT, async (rig) => {
    const cookie = await rig.session('anna', ALL);
    rig.clock.now += 10 * MINUTE;
    const stream = rig.ask({ url: '/api/v1/events', headers: { cookie } });
    const unattended = { cookie, 'x-vagus-unattended': '1' };
    expect((await rig.ask({ url: '/api/v1/me', headers: unattended })).json()).toMatchObject({ endsIn: 5 * MINUTE });
    await rig.ask({ method: 'POST', url: '/api/v1/logout', headers: { cookie, 'sec-fetch-site': 'same-origin' } });
    await stream;
  }));
