import { describe, expect, test } from 'vitest';
import { pool, serverOf, service } from './services.ts';
import { type Answers, answer, MINUTE, NOW, vagusWith } from './support.ts';

describe('status', () => {
  const vagus = (answers: Answers, ...words: readonly string[]) =>
    vagusWith({ answers: { 'GET /api/v1/services': services, ...answers } }, ...words);
  const controller = (more: object = {}) =>
    answer({
      pid: 4711,
      version: '0.2.0',
      engine: '3.0.11',
      site: 'st-elsewhere',
      startedAt: NOW,
      revision: 8,
      state: 'applied',
      file: '/etc/vagus/hospital.yaml',
      edited: false,
      reloads: 3,
      oldWorkers: 0,
      ...more,
    });
  const overridden = {
    ...serverOf('pacs/pacs1', '10.0.2.11:104'),
    state: 'drain',
    why: 'draining; association accepted',
    override: { state: 'drain', by: 'anna', why: 'patching', since: NOW },
  };
  const services = answer({
    site: 'st-elsewhere',
    oldWorkers: 1,
    services: [service('pacs', [pool('default', overridden)])],
  });

  test('shows the revision, and who drained what', async () => {
    const { code, out } = await vagus({ 'GET /api/v1/controller': controller() }, 'status');
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'st-elsewhere · HAProxy 3.0.11 · controller 4711 · revision 8 · 1 worker finishing what began before a reload',
      '',
      'pacs  ● up  dicom on 0.0.0.0:11112 · 2 connections',
      expect.stringMatching(/^ {2}pacs1 {2}drain .* for 60 s {2}draining; association accepted; by anna: patching$/),
    ]);
  });

  test('shows what waits for somebody', async () => {
    const waiting = controller({ state: 'unconfirmed', confirmBy: NOW + MINUTE, edited: true });
    const { out } = await vagus({ 'GET /api/v1/controller': waiting }, 'status');
    expect(out.split('\n').slice(1, 3)).toEqual([
      'revision 8 is taken back at 14:01:00 unless you say: vagus confirm',
      '/etc/vagus/hospital.yaml was edited and is not applied; see: vagus diff running /etc/vagus/hospital.yaml',
    ]);
  });

  test('keeps the shape that programs know', async () => {
    const { out, asked } = await vagus(
      { 'GET /api/v1/controller': controller() },
      'status',
      '--json',
      '--url',
      'https://vagus.example:9443',
      '--ca',
      'ca.pem',
    );
    expect(JSON.parse(out)).toMatchObject({ site: 'st-elsewhere', oldWorkers: 1, controller: 4711, revision: 8 });
    expect(asked[0]?.target).toMatchObject({ url: 'https://vagus.example:9443', ca: 'ca.pem' });
  });
});
