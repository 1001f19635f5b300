import * as fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { Gauge, Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { amountAt, cpuShare, readExposition, readResources, RESOURCE_NAMES } from '#protocols';

const capture = (name: string): string => readFileSync(new URL(`captures/${name}.txt`, import.meta.url), 'utf8');

const name = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/);
const label = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,10}$/);
const value = fc.oneof(fc.double({ noNaN: false }), fc.integer());

describe('Prometheus text', () => {
  test('whatever prom-client writes is read as it was meant', async () => {
    const family = fc.record({
      name,
      labelNames: fc.uniqueArray(label, { minLength: 1, maxLength: 3 }),
      values: fc.array(fc.tuple(fc.array(fc.string({ unit: 'binary' }), { minLength: 3, maxLength: 3 }), value), {
        minLength: 1,
        maxLength: 4,
      }),
    });
    await fc.assert(
      fc.asyncProperty(family, async (made) => {
        const registry = new Registry();
        const { labelNames } = made;
        const gauge = new Gauge({
          name: made.name,
          help: 'a "help" with \\ and\nline',
          labelNames,
          registers: [registry],
        });
        const meant = new Map<string, number>();
        for (const [texts, number] of made.values) {
          const labels = Object.fromEntries(labelNames.map((key, index) => [key, texts[index] ?? '']));
          gauge.set(labels, number);
          meant.set(JSON.stringify(labels), number);
        }
        const { samples, garbage } = readExposition(await registry.metrics());
        expect(garbage).toBe(0);
        expect(samples.map((sample) => sample.name)).toEqual([...meant].map(() => made.name));
        const read = samples.map(({ labels, value: number }) => [
          JSON.stringify(Object.fromEntries(labelNames.map((key) => [key, labels[key]]))),
          number + 0,
        ]);
        expect(new Map(read as [string, number][])).toEqual(
          new Map([...meant].map(([key, number]) => [key, number + 0])),
        );
      }),
      { numRuns: 300 },
    );
  });

  test('no text makes it throw, and what is read is samples', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z{}="\\, \n0-9.#+-]*$/));
    fc.assert(
      fc.property(text, (any) => {
        for (const sample of readExposition(any).samples) {
          expect(sample.name).toMatch(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
          expect(typeof sample.value).toBe('number');
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('timestamps, exemplars, braces in values, words for numbers', () => {
    const { samples, garbage } = readExposition(
      [
        'a 1 1395066363000',
        'b{x="}",y="a\\"b"} +Inf',
        'c{x="1",} NaN # {trace="z"} 3',
        'd{} -1.5e+3',
        'e { x = "1" } 2\r',
        'f 0x10',
        'g',
        '9h 1',
        'i{x="1" 2',
        'j 1.2.3',
      ].join('\n'),
    );
    expect(samples).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'b', labels: { x: '}', y: 'a"b' }, value: Number.POSITIVE_INFINITY },
      { name: 'c', labels: { x: '1' }, value: Number.NaN },
      { name: 'd', labels: {}, value: -1_500 },
      { name: 'e', labels: { x: '1' }, value: 2 },
    ]);
    expect(garbage).toBe(5);
  });
});

describe('what an exporter says of its machine', () => {
  const at = (text: string) => readResources(readExposition(text, RESOURCE_NAMES).samples);

  test('node_exporter', () => {
    const before = at(capture('node_exporter'));
    expect(before).toMatchObject({ memory: 0.25, connections: 42 });
    // In ten seconds of two cores: 5 s of work, 1 s of waiting for a disk.
    const later = capture('node_exporter')
      .replace('mode="user"} 7021.4', 'mode="user"} 7025.4')
      .replace('mode="system"} 1790.03', 'mode="system"} 1791.03')
      .replace('mode="iowait"} 88.01', 'mode="iowait"} 89.01')
      .replace('mode="idle"} 189022.36', 'mode="idle"} 189028.36')
      .replace('mode="idle"} 188519.2', 'mode="idle"} 188527.2');
    const after = at(later);
    expect(before.cpuTimes && after.cpuTimes && cpuShare(before.cpuTimes, after.cpuTimes)).toBeCloseTo(0.25, 6);
  });

  test('windows_exporter: interrupts are within the privileged time', () => {
    const before = at(capture('windows_exporter'));
    expect(before).toMatchObject({ memory: 0.75, connections: 64 });
    const later = capture('windows_exporter')
      .replace('102834.953125', '102839.953125')
      .replace('933.890625', '936.890625')
      .replace('21.171875', '23.171875')
      .replace('1642.40625', '1644.40625');
    const after = at(later);
    expect(before.cpuTimes && after.cpuTimes && cpuShare(before.cpuTimes, after.cpuTimes)).toBeCloseTo(0.5, 6);
  });

  test('counters that begin anew, and the same moment twice, say nothing', () => {
    const before = at(capture('node_exporter')).cpuTimes ?? new Map();
    expect(cpuShare(before, before)).toBeUndefined();
    const anew = new Map([...before].map(([core, { idle, all }]) => [core, { idle: idle / 1_000, all: all / 1_000 }]));
    expect(cpuShare(before, anew)).toBeUndefined();
  });

  test('a share is always between 0 and 1', () => {
    const seconds = fc.double({ min: 0, max: 1e12, noNaN: true });
    const time = fc.tuple(seconds, seconds).map(([idle, busy]) => ({ idle, all: idle + busy }));
    const times = fc.dictionary(fc.constantFrom('0', '1', '2'), time);
    const timesOf = (cores: Readonly<Record<string, { idle: number; all: number }>>) => new Map(Object.entries(cores));
    fc.assert(
      fc.property(times, times, (a, b) => {
        const share = cpuShare(timesOf(a), timesOf(b));
        expect(share === undefined || (share >= 0 && share <= 1)).toBe(true);
      }),
    );
  });
});

test('a JSON pointer leads to numbers, also to those written as text', () => {
  const document = { 'a/b': { '~c': [{ load: '42 %' }, 7] }, no: 'x', minus: -1 };
  expect(amountAt(document, '/a~1b/~0c/0/load')).toBe(42);
  expect(amountAt(document, '/a~1b/~0c/1')).toBe(7);
  for (const pointer of ['/no', '/minus', '/absent/x', '/constructor', '/__proto__']) {
    expect(amountAt(document, pointer)).toBeUndefined();
  }
});
