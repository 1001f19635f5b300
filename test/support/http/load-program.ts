import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import { readFileSync } from 'node:fs';
import type { LoadOptions, LoadReport } from './load.ts';

// A program: steady load as options in JSON on the command line say. It writes how it stands as a line of JSON every
// 100 ms, and, told to stop by SIGTERM, once more when the last answer has come. Nothing is ever sent twice.

const options = JSON.parse(process.argv[2] ?? '') as LoadOptions;
const {
  url,
  method = 'GET',
  body,
  headers,
  every = 0,
  patience = 30_000,
  kinds = ['kept', 'new'],
  workers = 2,
} = options;
const isTls = url.startsWith('https:');
const ca = options.ca === undefined ? undefined : readFileSync(options.ca);
const began = Date.now();

const stopping = new AbortController();
const report = { sent: 0, ok: 0, slowestMs: 0, failures: [] as LoadReport['failures'][number][] };

async function work(kind: LoadReport['failures'][number]['kind']): Promise<void> {
  const keepAlive = kind === 'kept';
  const settings = { keepAlive, maxSockets: 1, ca };
  const agent = isTls ? new https.Agent(settings) : new http.Agent(settings);
  while (!stopping.signal.aborted) {
    const from = performance.now();
    report.sent += 1;
    const why = await once(agent);
    const took = Math.round(performance.now() - from);
    report.slowestMs = Math.max(report.slowestMs, took);
    if (why === undefined) report.ok += 1;
    else report.failures.push({ at: Date.now(), since: Date.now() - began, took, kind, why });
    // Without a rest, a refused connection would be counted by the thousand.
    const rest = why === undefined ? every : Math.max(every, 20);
    if (rest > 0) await new Promise((resolve) => void setTimeout(resolve, rest));
  }
  agent.destroy();
}

/** Sends one request. Returns why it failed, or undefined. */
async function once(agent: http.Agent): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const sent = (isTls ? https : http).request(url, {
    agent,
    method,
    headers: { ...headers, 'x-request-id': randomUUID() },
  });
  const explain = (error: NodeJS.ErrnoException): void =>
    resolve(`${error.code ?? error.message}${sent.reusedSocket ? ' on a kept connection' : ''}`);
  const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${patience} ms`)), patience);
  sent.on('error', explain);
  sent.on('response', (response) => {
    response.on('error', explain);
    response.on('end', () => {
      if (!response.complete) return resolve('the answer was cut short');
      return resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`);
    });
    response.resume();
  });
  sent.end(body);
  const why = await promise;
  clearTimeout(timer);
  return why;
}

const say = (): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

const working = kinds.flatMap((kind) => Array.from({ length: workers }, () => work(kind)));
const saying = setInterval(say, 100);
process.on('SIGTERM', () => stopping.abort());
await Promise.all(working);
clearInterval(saying);
say();
