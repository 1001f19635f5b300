import type { Socket } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';

import { endPrograms, startProgram } from '../../support/programs.ts';
import { freePorts } from '../../support/stand-ins.ts';
import { waitFor } from '../../support/wait.ts';
import { endAll, follow, page, peer, planOf } from './support.ts';

afterAll(async () => {
  endAll();
  await endPrograms();
});

const KEY = 'web/s1';

describe('a source that hangs, lies, dies and comes back', () => {
  test('a feedback agent', async () => {
    let says = '75%\n';
    const answer = (socket: Socket): void => void (says === '' || socket.end(says));
    let agent = await peer(answer);
    const { port } = agent;
    const poller = follow(planOf({ s1: `{ type: feedback-agent, port: ${port}, interval: 100ms, stale: 300ms }` }));
    const reading = () => poller.of(KEY);
    await waitFor('it is read', () => reading()?.last?.wish === 0.75);
    expect(reading()).toMatchObject({ stale: false, trouble: undefined });

    says = 'drain #people are at work\n';
    await waitFor('it says drain', () => reading()?.last?.says === 'drain');

    says = '';
    await waitFor('it hangs', () => reading()?.trouble === 'no answer within 80 ms' && reading()?.stale);
    expect(reading()?.last?.says).toBe('drain');

    says = 'HTTP/1.1 400 Bad Request\n';
    await waitFor('it is something else', () => /no feedback agent/.test(reading()?.trouble ?? ''));

    await agent.close();
    await waitFor('it is dead', () => reading()?.trouble === 'nobody listens there');
    expect(reading()?.stale).toBe(true);

    says = 'up 30%\n';
    agent = await peer(answer, port);
    await waitFor('it is back', () => reading()?.last?.wish === 0.3 && !reading()?.stale);
    expect(reading()?.trouble).toBeUndefined();
  });

  test('a page of JSON, on one connection', async () => {
    let body = '{"system":{"cpu":42},"heap":{"used":3,"max":4},"sessions":17}';
    const status = await peer(page(() => body));
    const poller = follow(
      planOf({
        s1: `{ type: http-json, port: ${status.port}, path: /s, interval: 100ms, cpu: { at: /system/cpu, scale: 100 }, memory: { at: /heap/used, of: /heap/max }, connections: /sessions }`,
      }),
    );
    const reading = () => poller.of(KEY);
    await waitFor('it is read some times', () => (reading()?.answers ?? 0) > 3);
    expect(reading()?.last).toMatchObject({ cpu: 0.42, memory: 0.75, connections: 17, wish: undefined });
    expect(status.connections()).toBe(1);

    body = '{"system":{"cpu":4200},"heap":{"used":1,"max":0}}';
    await waitFor('a lie is kept within bounds', () => reading()?.last?.cpu === 1);
    expect(reading()?.last).toMatchObject({ memory: undefined, connections: undefined });
    body = '{"nothing":1}';
    await waitFor('nothing of it is there', () => /no number at \/system\/cpu/.test(reading()?.trouble ?? ''));
    body = '<html>';
    await waitFor('it is no JSON', () => /something else than JSON/.test(reading()?.trouble ?? ''));
    body = '{"system":{"cpu":50}}';
    await waitFor('it is back', () => reading()?.last?.cpu === 0.5 && reading()?.trouble === undefined);
  });

  test('an exporter: counters, in chunks, and none of ours', async () => {
    let [idle, user, rest] = [100, 100, 'node_memory_MemTotal_bytes 100\nnode_memory_MemAvailable_bytes 40\n'];
    const metrics = await peer((socket) => {
      socket.on('data', () => {
        [idle, user] = [idle + 1, user + 3];
        const text = `node_cpu_seconds_total{cpu="0",mode="idle"} ${idle}\nnode_cpu_seconds_total{cpu="0",mode="user"} ${user}\n${rest}`;
        const [a, b] = [text.slice(0, 20), text.slice(20)];
        const chunk = (one: string): string => `${one.length.toString(16)}\r\n${one}\r\n`;
        socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunk(a)}`);
        setImmediate(() => socket.write(`${chunk(b)}0\r\n\r\n`));
      });
    });
    const poller = follow(planOf({ s1: `{ type: prometheus, port: ${metrics.port}, interval: 100ms }` }));
    const reading = () => poller.of(KEY);
    await waitFor('its CPU is known', () => reading()?.last?.cpu !== undefined);
    expect(reading()?.last?.cpu).toBeCloseTo(0.75, 6);
    expect(reading()?.last?.memory).toBeCloseTo(0.6, 6);
    [idle, user, rest] = [0, 0, ''];
    await waitFor(
      'it began anew, and goes on',
      () => reading()?.last?.memory === undefined && reading()?.last?.cpu === 0.75,
    );
  });

  test('one question at the same place answers for all who ask there', async () => {
    const agent = await peer((socket) => void socket.end('50%\n'));
    const telemetry = `{ type: feedback-agent, port: ${agent.port}, interval: 1s }`;
    const poller = follow(planOf({ s1: telemetry, s2: telemetry, s3: 'none' }));
    await waitFor(
      'both are read',
      () => poller.of('web/s1')?.last?.wish === 0.5 && poller.of('web/s2')?.last?.wish === 0.5,
    );
    expect(agent.connections()).toBe(1);
    expect([...poller.readings().keys()]).toEqual(['web/s1', 'web/s2']);
    poller.follow(planOf({ s1: telemetry }));
    expect(poller.of('web/s1')?.last?.wish).toBe(0.5);
    expect(poller.of('web/s2')).toBeUndefined();
  });
});

describe('real peers', () => {
  test('node_exporter', async () => {
    const [port = 0] = await freePorts(1);
    startProgram('prometheus-node-exporter', [`--web.listen-address=127.0.0.1:${port}`]);
    const filter = 'collect%5B%5D=cpu&collect%5B%5D=meminfo&collect%5B%5D=sockstat';
    const poller = follow(
      planOf({
        s1: `{ type: prometheus, port: ${port}, interval: 200ms }`,
        s2: `{ type: prometheus, port: ${port}, path: "/metrics?${filter}", interval: 200ms }`,
        s3: `{ type: prometheus, port: ${port}, path: /elsewhere, interval: 200ms }`,
      }),
    );
    for (const key of ['web/s1', 'web/s2']) {
      await waitFor(`the CPU of ${key} is known`, () => poller.of(key)?.last?.cpu !== undefined);
      const { cpu = -1, memory = -1, connections = -1 } = poller.of(key)?.last ?? {};
      expect(cpu >= 0 && cpu <= 1 && memory > 0 && memory < 1 && connections >= 0).toBe(true);
    }
    await waitFor('the wrong page is none', () => /404|no metrics/.test(poller.of('web/s3')?.trouble ?? ''));
  });

  test('our own agent: both its ports, each on one connection', async () => {
    const [port = 0, metrics = 0] = await freePorts(2);
    const agent = startProgram('node', [
      'packaging/agent/vagus-agent.mjs',
      '--port',
      String(port),
      '--metrics-port',
      String(metrics),
      '--listen',
      '127.0.0.1',
    ]);
    const poller = follow(
      planOf({
        s1: `{ type: feedback-agent, port: ${port}, interval: 200ms }`,
        s2: `{ type: prometheus, port: ${metrics}, interval: 200ms }`,
      }),
    );
    await waitFor(
      'both are read',
      () => poller.of('web/s1')?.last?.wish !== undefined && poller.of('web/s2')?.last?.cpu !== undefined,
    );
    const { wish = -1, says } = poller.of('web/s1')?.last ?? {};
    expect(wish >= 0.01 && wish <= 1).toBe(true);
    expect(says).toBeUndefined();
    expect(poller.of('web/s2')?.last?.connections).toBeGreaterThanOrEqual(0);
    await agent.kill();
    await waitFor(
      'it is gone',
      () => poller.of('web/s1')?.stale && poller.of('web/s2')?.trouble === 'nobody listens there',
    );
  });
});
