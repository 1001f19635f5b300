import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { judge, relayLayoutOf, render, type Rendered } from '#engines/relay';
import { type DesiredFile, intakeSocketName, type Relay } from '#plan';
import { Secret } from '#lib';
import { readConfiguration } from '#relay';

import { makeCertificates } from '../haproxy/certificates.ts';
import { valueOf } from '../../protocols/support.ts';
import { relayTo, serverAt } from './support.ts';

const layout = relayLayoutOf('/state');
const states = '/state/haproxy/run/stats.sock';

const certificates = makeCertificates();
afterAll(() => rmSync(certificates.directory, { recursive: true }));

const fileOf = (digest: string, content: string): DesiredFile => ({
  name: `tls/${digest}.pem`,
  path: [],
  digest,
  content: new Secret(content),
});

const rendered = (relays: readonly Relay[], files: readonly DesiredFile[] = [], where = layout): Rendered =>
  render({ relays, files }, where, states);

test('the relay reads what was rendered: sockets in the state directory, servers by address', () => {
  const relay = relayTo([serverAt('engine1', 2575)], { delivery: 'stored' });
  const read = valueOf(readConfiguration(rendered([relay]).text));

  expect(read.states).toBe(states);
  expect(read.services).toMatchObject([
    {
      name: 'adt',
      listen: `/state/relay/${intakeSocketName(relay)}`,
      delivery: 'stored',
      timeout: 2_000,
      destinations: [
        {
          backend: 'adt',
          servers: [{ name: 'engine1', target: { address: { host: '127.0.0.1', port: 2575 }, tls: undefined } }],
        },
      ],
    },
  ]);
  expect(judge([relay], rendered([relay]), layout)).toEqual([]);
});

test('files for TLS lie beside it under their digests, those that servers use; they are judged before they are written', () => {
  const tls = { ca: 'aa', certificate: 'bb', serverName: 'lab.example' };
  const relay = relayTo([serverAt('engine1', 2575), serverAt('engine2', 2576, tls)]);
  const files = [fileOf('aa', certificates.authority().certificate), fileOf('bb', certificates.issue('bb').text)];
  const { text, files: written } = rendered([relay], [...files, fileOf('cc', 'of a listener')]);
  expect([...written.keys()]).toEqual(['/state/relay/tls/aa.pem', '/state/relay/tls/bb.pem']);
  expect(JSON.parse(text)).toMatchObject({
    services: [
      {
        destinations: [
          { servers: [{}, { tls: { ca: '/state/relay/tls/aa.pem', certificate: '/state/relay/tls/bb.pem' } }] },
        ],
      },
    ],
  });
  expect(judge([relay], { text, files: written }, layout)).toEqual([]);
  expect(judge([relay], rendered([relay], [fileOf('aa', 'nothing'), ...files.slice(1)]), layout)).toEqual([
    { message: expect.stringContaining('tls.ca must be'), path: ['services', 'adt', 'servers', 'engine2'] },
  ]);
});

test('what the relay would refuse is said at its place in the spec', () => {
  const server = { ...serverAt('engine1', 2575), connections: 0 };
  const relays = [relayTo([serverAt('engine1', 2575)], { name: 'lab' }), relayTo([server])];
  expect(judge(relays, rendered(relays), layout)).toEqual([
    { message: expect.stringContaining('connections'), path: server.path },
  ]);
});

test('a state directory whose path is too long for the socket of a service is said at that service', () => {
  const deep = relayLayoutOf(`/${'deep/'.repeat(16)}state`);
  const relay = relayTo([serverAt('engine1', 2575)], { name: 'a-name-that-is-rather-long' });
  expect(judge([relay], rendered([relay], [], deep), deep)).toEqual([
    { message: expect.stringContaining('too long'), path: relay.path },
  ]);
});
