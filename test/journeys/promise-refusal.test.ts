import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts, type StandIn, startStandIn } from '../support/stand-ins.ts';
import { startVagus, type Vagus } from '../support/vagus.ts';

// Promise 2: no change can hurt. Whatever is refused leaves the engine, its files and the record as they were.

let vagus: Vagus;
let ehr: StandIn;
let good: string;
let vip: number;

beforeAll(async () => {
  [vip = 0] = await freePorts(1);
  ehr = await startStandIn('portal', { name: 'ehr1' });
  good = `version: 1
site: cautious
services:
  portal:
    preset: http
    listen: 127.0.0.1:${vip}
    check: { path: /health, interval: 500ms }
    servers:
      ehr1: 127.0.0.1:${ehr.port}
`;
  vagus = await startVagus(good);
});

afterAll(async () => {
  await vagus.stop();
  await ehr.kill();
});

/** Everything in the state directory that says what runs. Sockets, logs and server states live their own life. */
function fingerprint(): string {
  const hash = createHash('sha256').update(readlinkSync(join(vagus.stateDirectory, 'haproxy', 'current')));
  hash.update(readFileSync(join(vagus.stateDirectory, 'applied.json')));
  const configurations = join(vagus.stateDirectory, 'haproxy', 'configurations');
  const files = readdirSync(configurations, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files.map(({ parentPath, name }) => join(parentPath, name)).toSorted()) {
    hash.update(file).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const BAD: Readonly<Record<string, (spec: string) => { readonly text: string; readonly says: RegExp }>> = {
  'is no YAML': (spec) => ({ text: `${spec}  : : [`, says: /\[yaml-syntax\]/ }),
  'is empty': () => ({ text: '', says: /\[/ }),
  'has an unknown field': (spec) => ({
    text: spec.replace('servers:', 'sevrers:'),
    says: /hospital\.yaml:8:5: .*servers.*\[unknown-field\]/,
  }),
  'names a preset that does not exist': (spec) => ({
    text: spec.replace('preset: http', 'preset: htttp'),
    says: /hospital\.yaml:5:13: .*http.*\[unknown-preset\]/,
  }),
  'refers to a certificate file that is not there': (spec) => ({
    text: spec
      .replace('services:', 'certificates: { web: { file: nowhere.pem } }\nservices:')
      .replace('    check:', '    tls: { certificate: web }\n    check:'),
    says: /hospital\.yaml:3:\d+: .*nowhere\.pem cannot be read \[file-unreadable\]/,
  }),
  'refers to a certificate that is none': (spec) => ({
    text: spec
      .replace('services:', 'certificates: { web: { file: hospital.yaml } }\nservices:')
      .replace('    check:', '    tls: { certificate: web }\n    check:'),
    says: /hospital\.yaml:3:\d+: .*holds no PEM certificate \[certificate-unreadable\]/,
  }),
  'listens twice on one address': (spec) => ({
    text: spec.replace(`listen: 127.0.0.1:${vip}`, `listen: [127.0.0.1:${vip}, 127.0.0.1:${vip}]`),
    says: /\[listen-taken\]/,
  }),
  'listens on an address this machine does not have': (spec) => ({
    text: spec.replace(`listen: 127.0.0.1:${vip}`, 'listen: 192.0.2.1:8080'),
    says: /portal: .*cannot bind socket \(Cannot assign requested address\)/,
  }),
};

describe('a spec that', () => {
  test.each(Object.entries(BAD))('%s is refused with its reason, and nothing is touched', async (_, make) => {
    const { text, says } = make(good);
    const before = fingerprint();
    await expect(vagus.apply(text)).rejects.toThrow(says);
    expect(fingerprint()).toBe(before);
    expect((await fetch(`http://127.0.0.1:${vip}/health`)).status).toBe(200);
    expect((await vagus.status()).site).toBe('cautious');
  });
});

test('after all those refusals the next good spec is applied', async () => {
  await vagus.apply(good.replace('cautious', 'cautious-still'));
  expect((await vagus.status()).site).toBe('cautious-still');
});

test('vagus check and vagus plan say the same as the controller, and change nothing', async () => {
  const before = fingerprint();
  vagus.write('bad.yaml', good.replace('interval: 500ms', 'interval: soon'));
  const [checked, planned] = [
    await vagus.cli('plan', join(vagus.directory, 'bad.yaml')),
    await vagus.cli('plan', join(vagus.directory, 'bad.yaml'), '--json'),
  ];
  expect(checked).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/bad\.yaml:7:39: .*\[bad-duration\]/) });
  expect(JSON.parse(planned.stdout)).toMatchObject({ accepted: false, problems: [{ code: 'bad-duration' }] });
  vagus.write('more.yaml', good.replace('ehr1:', 'ehr2: 127.0.0.1:9\n      ehr1:'));
  const more = await vagus.cli('plan', join(vagus.directory, 'more.yaml'));
  expect(more).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/\+ {2}server portal\/ehr2/) });
  expect(fingerprint()).toBe(before);
});
