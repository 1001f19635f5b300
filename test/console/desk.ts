import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import type { AxeResults } from 'axe-core';

import { temporaryDirectory } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';

export type Theme = 'light' | 'dark' | 'contrast';

type Look = {
  readonly theme?: Theme;
  /** The window's, in CSS pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Nobody is logged in. */
  readonly isStranger?: boolean;
};

/** A browser before a demonstration hospital that is at work. */
export type Desk = {
  /** Of the console: `https://127.0.0.1:9443/`. */
  readonly url: string;
  /** What the controller printed for the first administrator. */
  readonly setupLink: string;
  readonly stateDirectory: string;
  /** Opens a page of the console, `services/pacs`, in a window of its own. Errors that it writes fail the test that asks for them. */
  open(path: string, look?: Look): Promise<Page>;
  /** Everything that pages complained of since this was asked last: scripts, styles, the content security policy. */
  complaints(): string[];
  /** Keeps who is logged in in this page for all that are opened afterwards. */
  keepSession(page: Page): Promise<void>;
  /** Breaks or mends a server: `demo('kill', 'pacs1')`, `demo('heal')`. */
  demo(action: 'kill' | 'hang' | 'slow' | 'heal', server?: string): void;
  /** `vagus ARGS` on the hospital's state directory; its standard output. */
  vagus(...args: readonly string[]): string;
  /** Closes every page: one that is open goes on asking. */
  closePages(): Promise<void>;
  close(): Promise<void>;
};

export const ADMINISTRATOR = { name: 'night', password: 'correct horse battery staple' } as const;

const PROGRAM = resolve('bin/vagus');
const BROWSER = '/usr/bin/chromium';

/** What Chromium would do for people, and keeps a test waiting. */
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

/** Where pictures of the console are left for whoever wants to look at them: `VAGUS_PICTURES=DIR vitest run --project console`. */
const PICTURES = process.env['VAGUS_PICTURES'];

/** Starts a demonstration hospital with its console, and a browser. */
export async function openDesk(): Promise<Desk> {
  const stateDirectory = temporaryDirectory('console');
  const hospital = spawn('setpriv', ['--pdeathsig', 'TERM', '--', PROGRAM, 'demo', '--state', stateDirectory], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [hospital.stdout, hospital.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const linkIn = () => /^ {2}(https:\S+\/)#\/setup\/\S+$/m.exec(said);
  await waitFor(
    'the console is offered',
    () => {
      if (hospital.exitCode !== null) throw new Error(`the demonstration ended:\n${said}`);
      return linkIn() !== null;
    },
    45_000,
  );
  const [line = '', url = ''] = linkIn() ?? [];

  const browser = await chromium.launch({ executablePath: BROWSER, args: QUIET });
  const contexts: BrowserContext[] = [];
  const complaints: string[] = [];
  let session: Awaited<ReturnType<BrowserContext['storageState']>> | undefined;

  const vagus = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(PROGRAM, [...args, '--state', stateDirectory], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`vagus ${args.join(' ')} ended with ${status}: ${stderr}`);
    return stdout;
  };

  const closePages = async (): Promise<void> => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
  };

  return {
    url,
    setupLink: line.trim(),
    stateDirectory,
    async open(path, { theme = 'light', width = 1280, height = 800, isStranger = false } = {}) {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        viewport: { width, height },
        reducedMotion: 'reduce',
        ...(session && !isStranger && { storageState: session }),
      });
      contexts.push(context);
      context.setDefaultTimeout(20_000);
      await context.addInitScript((chosen) => localStorage.setItem('vagus-theme', chosen), theme);
      const page = await context.newPage();
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        // A question that was refused is told by the browser too; what matters is what the page makes of it.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load')) complaints.push(message.text());
      });
      await page.goto(`${url}#/${path}`);
      return page;
    },
    complaints: () => complaints.splice(0),
    async keepSession(page) {
      session = await page.context().storageState();
    },
    demo: (action, server) => void vagus('demo', action, ...(server === undefined ? [] : [server])),
    vagus,
    closePages,
    async close() {
      await closePages();
      await browser.close();
      hospital.kill('SIGTERM');
      if (hospital.exitCode === null) await once(hospital, 'exit');
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** Leaves a picture of a page, all of it, where that is asked for. */
export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds against WCAG 2.2 AA in a page as it is now: rule and place of each. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  );
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
}

/** By how many pixels a page is wider than its window. */
export const sideways = (page: Page): Promise<number> =>
  page.evaluate<number>('Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)');
