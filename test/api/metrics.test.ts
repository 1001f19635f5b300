import { afterAll, expect, test } from 'vitest';
import { err, ok } from '#lib';

import { metricsText } from '../../src/api/metrics.ts';
import { desired } from '../plan/support.ts';
import { endPrograms } from '../support/programs.ts';
import { ALL, anything, numbersOf, SPEC, startApi } from './support.ts';

afterAll(endPrograms);

const own = { revision: 3, startTime: 1_800_000_000.5, cpuSeconds: 1.25, residentBytes: 50_000_000 };

type Sample = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };
type Family = { readonly type: string; readonly help: string; readonly samples: Sample[] };

/**
 * Reads the text format strictly (Prometheus exposition format 0.0.4), and by promtool's rules: HELP and TYPE once and
 * before the samples, a family in one place, no sample twice, base units, counters and only they end in `_total`.
 */
function parse(text: string): ReadonlyMap<string, Family> {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: readonly [string, string] | undefined;
  let current = '';
  for (const line of text.split('\n')) {
    const [, kind, name = '', rest = ''] = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/.exec(line) ?? [];
    if (line === '') continue;
    if (kind === 'HELP') {
      help = [name, rest];
    } else if (kind === 'TYPE') {
      expect(help?.[0], line).toBe(name);
      expect(families.has(name), `${name} twice`).toBe(false);
      expect(rest).toMatch(/^(gauge|counter|histogram)$/);
      families.set(name, { type: rest, help: help?.[1] ?? '', samples: [] });
      current = name;
    } else {
      const [, sample = '', braces = '', value = ''] =
        /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^{}]*\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(line) ?? [];
      const isHistogram = families.get(current)?.type === 'histogram';
      expect(isHistogram ? sample.replace(/_(bucket|sum|count)$/, '') : sample, `no sample: ${line}`).toBe(current);
      expect(seen.has(sample + braces), `${line} twice`).toBe(false);
      seen.add(sample + braces);
      const pairs = [...braces.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\["\\n])*)"/g)];
      expect(`{${pairs.map(([pair]) => pair).join(',')}}`).toBe(braces === '' ? '{}' : braces);
      families.get(current)?.samples.push({
        name: sample,
        labels: Object.fromEntries(pairs.map(([, key, label]) => [key, label])),
        value: Number(value),
      });
    }
  }
  for (const [name, { type, help: said }] of families) {
    expect(said.length, name).toBeGreaterThan(10);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(name, name).not.toMatch(/_(ms|milliseconds|minutes|kilobytes|percent)(_|$)/);
    expect(name).toMatch(/^vagus_/);
  }
  return families;
}

const metrics = async (): Promise<ReadonlyMap<string, Family>> =>
  parse(await metricsText(own, numbersOf(desired(SPEC)), [], undefined));

test('the text is what Prometheus reads, with a family for each number', async () => {
  const families = await metrics();
  expect([...families.keys()].toSorted()).toMatchInlineSnapshot(`
    [
      "vagus_controller_cpu_seconds_total",
      "vagus_controller_resident_memory_bytes",
      "vagus_controller_start_time_seconds",
      "vagus_engine_up",
      "vagus_old_workers",
      "vagus_pool_answers_per_second",
      "vagus_pool_queued",
      "vagus_pool_steering_in_force",
      "vagus_reloads_total",
      "vagus_revision",
      "vagus_server_answer_seconds",
      "vagus_server_connect_seconds",
      "vagus_server_cpu_ratio",
      "vagus_server_errors_total",
      "vagus_server_memory_ratio",
      "vagus_server_queued",
      "vagus_server_redispatches_total",
      "vagus_server_response_seconds",
      "vagus_server_retries_total",
      "vagus_server_sessions",
      "vagus_server_sessions_total",
      "vagus_server_state",
      "vagus_server_steered_limit",
      "vagus_server_steered_weight_ratio",
      "vagus_server_telemetry_stale",
      "vagus_server_treatment",
      "vagus_server_up",
      "vagus_server_weight",
      "vagus_service_connections",
      "vagus_service_connections_total",
      "vagus_service_refused_total",
      "vagus_service_up",
    ]
  `);
});

test('a histogram of the relay is one that Prometheus can reckon with', async () => {
  const buckets = [3, 0, 2];
  const codes = { AA: 5, AE: 0, AR: 0, CA: 0, CE: 0, CR: 0 };
  const counters = {
    sent: 5,
    answered: codes,
    unknown: 0,
    unreachable: 0,
    strays: 0,
    latency: { buckets, sum: 1_500 },
  };
  const server = { name: 'a"b', state: 'up', outstanding: 0, connections: 1, counters } as const;
  const destinations = [{ name: 'default', waiting: 0, queue: undefined, servers: [server] }];
  const ofService = {
    senders: 1,
    accepted: 1,
    received: 5,
    answered: codes,
    stored: 0,
    repeated: 0,
    dead: 0,
    refused: 0,
  };
  const more = { unserved: 0, unknown: 0, sentAgain: 0, unheard: 0, unreadable: 0, cut: 0 };
  const service = {
    name: 'adt',
    delivery: 'direct',
    counters: { ...ofService, ...more },
    underWay: 0,
    destinations,
  } as const;
  const status = { pid: 1, since: 1_000, memory: 1, latencyBounds: [10, 2_000], services: [service], left: [] };
  const families = parse(await metricsText(own, undefined, [], ok({ at: 2_000, status })));
  const samples = families.get('vagus_relay_server_acknowledgement_seconds')?.samples ?? [];
  expect(samples.map(({ name, labels, value }) => [name.split('_').at(-1), labels['le'], value])).toEqual([
    ['bucket', '0.01', 3],
    ['bucket', '2', 3],
    ['bucket', '+Inf', 5],
    ['sum', undefined, 1.5],
    ['count', undefined, 5],
  ]);
  expect(samples[0]?.labels['server']).toBe(String.raw`a\"b`);
  const down = parse(await metricsText(own, undefined, [], err(anything('relay-gone'))));
  expect(down.get('vagus_relay_up')?.samples).toMatchObject([{ value: 0 }]);
});

test('samples have the names of the spec and base units', async () => {
  const families = await metrics();
  const samples = (name: string) => families.get(name)?.samples;
  const vna1 = { service: 'pacs', pool: 'vna', server: 'vna1' };
  const of = (name: string) => samples(name)?.find(({ labels }) => labels['server'] === 'vna1');
  expect(of('vagus_server_response_seconds')).toEqual({
    name: 'vagus_server_response_seconds',
    labels: vna1,
    value: 0.012,
  });
  expect(of('vagus_server_state')).toMatchObject({ labels: { ...vna1, state: 'up' }, value: 1 });
  expect(samples('vagus_server_errors_total')).toContainEqual({
    name: 'vagus_server_errors_total',
    labels: { ...vna1, kind: 'response' },
    value: 2,
  });
  expect(of('vagus_server_cpu_ratio')).toMatchObject({ labels: vna1, value: 0.91 });
  expect(of('vagus_server_telemetry_stale')).toMatchObject({ labels: vna1, value: 0 });
  expect(samples('vagus_service_up')).toMatchObject([
    { labels: { service: 'pacs' }, value: 1 },
    { labels: { service: 'portal' }, value: 1 },
  ]);
  expect(samples('vagus_revision')).toMatchObject([{ labels: {}, value: 3 }]);
  expect(samples('vagus_controller_start_time_seconds')).toMatchObject([{ value: 1_800_000_000.5 }]);
});

test('a scrape says so where HAProxy does not answer', async () => {
  const rig = await startApi({ numbers: async () => err(anything('haproxy-not-running')) });
  const answer = await rig.ask({ url: '/metrics', headers: { authorization: `Bearer ${rig.token(ALL)}` } });
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const families = parse(answer.body);
  expect(families.get('vagus_engine_up')?.samples).toMatchObject([{ value: 0 }]);
  expect(families.has('vagus_server_up')).toBe(false);
  await rig.close();
});

test('ten thousand servers are a text of some megabytes', async () => {
  const [server] = numbersOf(desired(SPEC)).servers;
  if (server === undefined) throw new Error('the spec has servers');
  const servers = Array.from({ length: 10_000 }, (_, index) => ({
    ...server,
    service: `service${index % 1_000}`,
    server: `server${index}`,
  }));
  const text = await metricsText(own, { ...numbersOf(desired(SPEC)), servers }, [], undefined);
  expect(text.match(/^vagus_server_up\{/gm)).toHaveLength(10_000);
  expect(text.length).toBeLessThan(20_000_000);
});
