import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drift, samples } from '#engines/haproxy';
import { type Desired, intakeSocketName } from '#plan';
import { endPrograms } from '../../support/programs.ts';
import { freePorts } from '../../support/stand-ins.ts';
import { waitFor } from '../../support/wait.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { type Responder, startResponder } from './responders.ts';
import { good, type Rig, startRig } from './rig.ts';
import { desiredFrom } from './support.ts';

let certificates: Certificates;
let plain: Responder;
let secure: Responder;
let port = 0;
let wanted: Desired;
let rig: Rig;
let relay: Server;

beforeAll(async () => {
  certificates = makeCertificates();
  const authority = certificates.authority();
  plain = await startResponder('plain');
  secure = await startResponder('secure', certificates.issue('secure'));
  port = (await freePorts(1))[0] ?? 0;
  wanted = desiredFrom({
    adt: {
      preset: 'hl7-mllp',
      listen: `127.0.0.1:${port}`,
      relay: 'on',
      check: { interval: '500ms', timeout: '300ms' },
      servers: {
        plain: `127.0.0.1:${plain.port}`,
        secure: { address: `127.0.0.1:${secure.port}`, tls: { verify: authority.path } },
      },
    },
  });
  rig = await startRig(wanted);
  // A stand-in for the relay, which says what it was sent.
  relay = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  const intake = join(rig.relayDirectory, intakeSocketName({ name: 'adt' }));
  relay.listen(intake);
  await once(relay, 'listening');
  chmodSync(intake, 0o666);
}, 20_000);

afterAll(async () => {
  await rig.stop();
  relay.close();
  await secure.close();
  await endPrograms();
  rmSync(certificates.directory, { recursive: true });
});

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const OVER_TCP_IPV4 = '2111';

test('clients come to the relay, which is told where they come from', async () => {
  const client = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.7' });
  client.end('a message');
  client.setEncoding('latin1');
  const bytes = Buffer.from(await text(client), 'latin1');
  expect(bytes.subarray(0, 14).toString('hex')).toBe(SIGNATURE + OVER_TCP_IPV4);
  expect([...bytes.subarray(16, 20)]).toEqual([127, 0, 0, 7]);
  expect(bytes.subarray(16 + bytes.readUInt16BE(14)).toString()).toBe('a message');
});

test('the servers are checked, for the relay to ask how they are; nothing beside them is taken for a server', async () => {
  await plain.close();
  const statuses = await waitFor('the server that has ended is down', async () => {
    const now = good(await samples(rig.layout)).servers.filter(({ backend }) => backend === 'adt');
    const found = new Map(now.map(({ server, status }) => [server, status.split(' ')[0]]));
    return found.get('plain') === 'DOWN' && found;
  });
  expect([...statuses]).toEqual([
    ['plain', 'DOWN'],
    ['secure', 'UP'],
  ]);
  expect(good(await drift(rig.layout, wanted))).toEqual([]);
});
