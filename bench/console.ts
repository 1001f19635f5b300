import { get } from 'node:http';
import type { Page } from 'playwright-core';

import { presets } from '#spec';
import { pause } from '#system';

import { type Fresh, openBrowser } from './console/browser.ts';
import { SERVERS } from './large-spec.ts';
import { spread } from './measure.ts';
import { type Figure, sized } from './report.ts';
import type { Rig } from './rig.ts';
import { call, startSite } from './site.ts';
import type { Suite } from './suite.ts';

const SERVICES = 500;
const ACCOUNT = { name: 'bench', password: 'correct horse battery staple' } as const;

/** How long the overview is looked at without a touch, ms, and how often each interaction is done, in a round. */
type Length = { readonly look: number; readonly times: number };

const ROUNDS = 5;
const WHOLE: Length = { look: 30_000, times: 5 };

/** To warm up, and to see that it works where fewer rounds are asked for. */
const SHORT: Length = { look: 2_000, times: 1 };

/** How often each service that has traffic is asked for something, ms. */
const TRAFFIC = 1_000;

/** What the console asks of a browser on a large site whose numbers change every second. */
export const consoleSuite: Suite = {
  name: 'console',
  rounds: ROUNDS,
  async measure(rig, { rounds, say }) {
    const port = await rig.port();
    const { state } = await startSite(rig, say, { services: SERVICES, api: `127.0.0.1:${port}` });
    const grants = [{ role: 'administrator', services: 'all' }];
    await call(state, 'POST', '/users', { ...ACCOUNT, grants });
    for (const service of ['s11', 's22', 's33']) {
      await call(state, 'PUT', `/services/${service}/pools/default/servers/server2/state`, { state: 'drain' });
    }
    startTraffic(rig);
    const open = await openBrowser(rig, `https://127.0.0.1:${port}/`, ACCOUNT);
    const looks: Look[] = [];
    const length = rounds < ROUNDS ? SHORT : WHOLE;
    for (let round = 0; round <= rounds; round += 1) {
      const look = await lookAt(await open(), `https://127.0.0.1:${port}/`, round === 0 ? SHORT : length);
      if (round > 0) looks.push(look);
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
    return { figures: figuresOf(looks, length), samples: { console: new Map([['overview', looks]]) } };
  },
};

/** One round. Shares in percent of the time, everything else in ms or bytes. */
type Look = {
  readonly script: number;
  readonly firstScreen: number;
  readonly mainThread: number;
  readonly mainThreadProcessor: number;
  readonly answerEvery: number;
  readonly answerTime: number;
  readonly answerBytes: number;
  readonly typing: number;
  readonly filter: number;
  readonly scrolling: number;
  readonly opening: number;
  readonly back: number;
  readonly opened: number;
};

async function lookAt({ page, devtools, received, close }: Fresh, url: string, { look, times }: Length): Promise<Look> {
  await page.goto(url);
  const firstScreen = await page.evaluate<number>('firstScreen');
  const { script } = received();
  // The first numbers of traffic come with the second answer.
  await pause(3_000);
  const [before, begun] = [received().answers.length, await metrics(devtools)];
  await pause(look);
  const [answers, ended] = [received().answers.slice(before), await metrics(devtools)];
  const passed = ended.Timestamp - begun.Timestamp;
  const interactions = await interact(page, times);
  await close();
  return {
    script,
    firstScreen,
    mainThread: (100 * (ended.TaskDuration - begun.TaskDuration)) / passed,
    mainThreadProcessor: (100 * (ended.ThreadTime - begun.ThreadTime)) / passed,
    answerEvery: (1_000 * passed) / answers.length,
    answerTime: spread(answers.map(({ milliseconds }) => milliseconds)).median,
    answerBytes: spread(answers.map(({ bytes }) => bytes)).median,
    ...interactions,
  };
}

async function metrics(devtools: Fresh['devtools']) {
  const { metrics: all } = await devtools.send('Performance.getMetrics');
  const named = (name: string): number => all.find((metric) => metric.name === name)?.value ?? Number.NaN;
  return { Timestamp: named('Timestamp'), TaskDuration: named('TaskDuration'), ThreadTime: named('ThreadTime') };
}

type Interactions = Pick<Look, 'typing' | 'filter' | 'scrolling' | 'opening' | 'back' | 'opened'>;

/** What whoever looks for a service does, the longest of each in ms. */
async function interact(page: Page, times: number): Promise<Interactions> {
  const worst = { typing: 0, filter: 0, scrolling: 0, opening: 0, back: 0, opened: 0 };
  const slowest = async (kind: keyof Interactions): Promise<void> => {
    worst[kind] = Math.max(worst[kind], await page.evaluate<number>('probe.takeSlowest()'));
  };
  for (let time = 0; time < times; time += 1) {
    await page.getByLabel('Search').click();
    await page.keyboard.type(`s${100 + time}`, { delay: 120 });
    await page.getByText(`1 of ${SERVICES} services`).waitFor();
    for (let character = 0; character < 4; character += 1) await page.keyboard.press('Backspace', { delay: 60 });
    await slowest('typing');
    const filter = page.getByLabel('Only with problems');
    await filter.check();
    await filter.uncheck();
    await slowest('filter');
    const frames = page.evaluate<number>('probe.framesFor(1500)');
    for (let turn = 0; turn < 12; turn += 1) {
      await page.mouse.wheel(0, 900);
      await pause(80);
    }
    worst.scrolling = Math.max(worst.scrolling, await frames);
    await page.evaluate('probe.takeSlowest()');
    const row = page.getByRole('table', { name: 'Services' }).getByRole('link').nth(10);
    const begin = performance.now();
    await row.click();
    await page.locator('.service-page').waitFor();
    worst.opened = Math.max(worst.opened, performance.now() - begin);
    await slowest('opening');
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('table', { name: 'Services' }).waitFor();
    await slowest('back');
  }
  return worst;
}

/** Something for each service of the presets `http` and `tcp`, as long as the benchmark lasts: numbers that change. */
function startTraffic(rig: Rig): void {
  const addresses = Array.from({ length: SERVICES }, (_, index) => index)
    .filter((index) => ['http', 'tcp'].includes(presets[index % presets.length]?.name ?? ''))
    .map((index) => `http://127.0.${Math.floor(index / 250)}.${(index % 250) + 1}:8443/`);
  const timer = setInterval(() => {
    for (const address of addresses)
      get(address, { agent: false }, (answer) => answer.resume()).on('error', () => undefined);
  }, TRAFFIC);
  rig.atEnd(() => clearInterval(timer));
}

function figuresOf(looks: readonly Look[], length: Length): Figure[] {
  const what = `overview of ${SERVICES} services, ${SERVICES * SERVERS} servers`;
  const of = (kind: keyof Look) => spread(looks.map((look) => look[kind]));
  const text = (kind: keyof Look) => sized(of(kind).median);
  const touch = (name: string, kind: keyof Interactions, note: string): Figure => ({
    name: `${what}: ${name}, until the next paint`,
    spread: of(kind),
    unit: 'ms',
    target: { below: 100 },
    note,
  });
  const longest = `the longest of ${length.times} times in a round`;
  return [
    {
      name: 'console: script before the first screen, compressed',
      spread: spread(looks.map(({ script }) => script / 1e3)),
      unit: 'KB',
      target: { below: 200 * 1.024 },
      note: '',
    },
    {
      name: `${what}: from an empty cache to the first useful screen`,
      spread: of('firstScreen'),
      unit: 'ms',
      note: 'the first services stand in the table',
    },
    {
      name: `${what}: a new answer every`,
      spread: of('answerEvery'),
      unit: 'ms',
      target: { below: 1_100 },
      note: `${sized(of('answerBytes').median / 1e3)} KB, there after ${text('answerTime')} ms`,
    },
    {
      name: `${what}: main thread, share of the time`,
      spread: of('mainThread'),
      unit: '%',
      target: { below: 30 },
      note: `over ${length.look / 1_000} s; ${text('mainThreadProcessor')} % of a processor`,
    },
    touch('a key in the search', 'typing', longest),
    touch('a filter', 'filter', longest),
    touch('opening a service', 'opening', `${longest}; ${text('opened')} ms until it is shown`),
    touch('and back', 'back', longest),
    {
      name: `${what}: scrolling, longest between two frames`,
      spread: of('scrolling'),
      unit: 'ms',
      target: { below: 100 },
      note: longest,
    },
  ];
}
