import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';

import type { Rig } from '../rig.ts';
import { PROBE } from './probe.ts';

const BROWSER = '/usr/bin/chromium';

/** What Chromium would do for people, and disturbs a measurement. */
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page that has loaded nothing before. */
export type Fresh = {
  readonly page: Page;
  readonly devtools: CDPSession;
  /** Bytes that came over the wire so far: scripts, and answers of a path of the API. */
  readonly received: () => { readonly script: number; readonly answers: readonly Answer[] };
  readonly close: () => Promise<void>;
};

/** An answer of `/api/v1/services`: bytes over the wire, and ms from the question to its last byte. */
export type Answer = { readonly bytes: number; readonly milliseconds: number };

/** A browser in which somebody is logged in at the console of `url`; each page that is opened has an empty cache. */
export async function openBrowser(
  rig: Rig,
  url: string,
  account: { readonly name: string; readonly password: string },
): Promise<() => Promise<Fresh>> {
  const browser = await chromium.launch({ executablePath: BROWSER, args: QUIET });
  rig.atEnd(() => browser.close());
  const first = await newContext(browser);
  const answer = await first.request.post(`${url}api/v1/login`, { data: account });
  if (!answer.ok()) throw new Error(`nobody can log in at ${url}: ${answer.status()} ${await answer.text()}`);
  const storageState = await first.storageState();
  await first.close();
  return async () => {
    const context = await newContext(browser, storageState);
    await context.addInitScript(PROBE);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Performance.enable');
    await devtools.send('Network.enable');
    return { page, devtools, received: meter(devtools), close: () => context.close() };
  };
}

const newContext = (
  browser: Browser,
  storageState?: Awaited<ReturnType<BrowserContext['storageState']>>,
): Promise<BrowserContext> =>
  browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 800 },
    ...(storageState && { storageState }),
  });

function meter(devtools: CDPSession): Fresh['received'] {
  const scripts = new Set<string>();
  const asked = new Map<string, number>();
  const answers: Answer[] = [];
  let script = 0;
  devtools.on('Network.requestWillBeSent', ({ requestId, request, type, timestamp }) => {
    if (type === 'Script') scripts.add(requestId);
    if (request.url.endsWith('/api/v1/services')) asked.set(requestId, timestamp);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength, timestamp }) => {
    if (scripts.has(requestId)) script += encodedDataLength;
    const begin = asked.get(requestId);
    if (begin !== undefined) answers.push({ bytes: encodedDataLength, milliseconds: 1_000 * (timestamp - begin) });
  });
  return () => ({ script, answers: [...answers] });
}
