import { type Hl7MessageEvent, Hl7Server } from '@medplum/hl7';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { acknowledge, type AcknowledgementCode, encodeFrame, frameReader, readHeader } from '#protocols';
import { freePort, valueOf, valuesOf } from '../../protocols/support.ts';
import { endAll, PROXY_HEADER, startReceiver, startRelay } from '../../relay/support.ts';
import { waitFor } from '../../support/wait.ts';
import { type Peer, peer } from './peers.ts';
import { during, expectPoliteEnd, probed, stepsOf } from './support.ts';

afterEach(endAll);

test('a server of @medplum acknowledges', async () => {
  const port = await freePort();
  const server = new Hl7Server((connection) => {
    connection.addEventListener('message', ({ message }: Hl7MessageEvent) => connection.send(message.buildAck()));
  });
  await server.start(port);
  during(server);
  const report = await probed(`mllp://127.0.0.1:${port}`);
  expect(report).toMatchObject({
    healthy: true,
    verdict: expect.stringMatching(/^acknowledged with AA in \d+ ms: the application has it$/),
  });
  expect(stepsOf(report)).toEqual(['connect', 'message']);
});

const engine = (code: AcknowledgementCode, change = (text: string): string => text): Promise<Peer> =>
  peer((socket) => {
    const frames = frameReader({ from: 'client' });
    socket.on('data', (chunk) => {
      for (const message of valuesOf(frames.push(chunk))) {
        const options = { code, controlId: 'E1', time: '20260314', text: 'CANARY' };
        const answer = acknowledge(valueOf(readHeader(message, 'client')), options);
        socket.write(encodeFrame(Buffer.from(change(answer.toString('latin1')), 'latin1')));
      }
    });
  });

test.each([
  ['CA', true, /^acknowledged with CA in \d+ ms: it is stored; /],
  ['AE', false, /^acknowledged with AE: the application finds an error in it$/],
  ['AR', false, /^acknowledged with AR: it is refused, /],
] as const)('%s', async (code, healthy, verdict) => {
  const server = during(await engine(code));
  const report = await probed(`mllp://127.0.0.1:${server.port}?type=ADT^A01`);
  expect(report).toMatchObject({ healthy, verdict: expect.stringMatching(verdict) });
  expect(server.bytes().toString('latin1')).toContain('|ADT^A01|VAGUS');
  expect(JSON.stringify(report)).not.toContain('CANARY');
  await expectPoliteEnd(server);
});

/** In front of a relay, as HAProxy is. */
const front = (path: string): Promise<Peer> =>
  peer((socket) => {
    const relay = connect(path);
    relay.write(PROXY_HEADER);
    socket.pipe(relay).pipe(socket);
  });

test('through a relay it is told what the server says, or that the relay has stored it', async () => {
  const server = await startReceiver();
  const [direct, stored, idle] = [
    await startRelay([server]),
    await startRelay([server], { delivery: 'stored' }),
    await startRelay([{ port: await freePort() }], { timeout: 300 }),
  ];
  const asked = async ({ path }: { readonly path: string }) => {
    const peerOf = during(await front(path));
    return (await probed(`mllp://127.0.0.1:${peerOf.port}`)).verdict;
  };
  expect(await asked(direct)).toMatch(/^acknowledged with AA in /);
  expect(await asked(stored)).toMatch(/^acknowledged with CA in .* stored/);
  expect(await asked(idle)).toMatch(/^acknowledged with AR: it is refused, .* nobody can take it now$/);
  await waitFor('both are at the server', () => server.received.length === 2);
});

test('the acknowledgement of another message is none', async () => {
  const server = during(await engine('AA', (text) => text.replace(/VAGUS\d+/, 'VAGUS1')));
  const report = await probed(`mllp://127.0.0.1:${server.port}`);
  expect(report).toMatchObject({
    healthy: false,
    verdict: 'acknowledged with AA, but another message than the one sent',
  });
});

test.each([
  ['is not MLLP', 'hello', 'answered, but not in MLLP'],
  ['is no acknowledgement', '\x0bMSH|^~\\&|CANARY\r\x1c\r', 'answered, but not with an acknowledgement'],
])('an answer that %s', async (_, answer, verdict) => {
  const server = during(await peer((socket) => void socket.on('data', () => socket.write(answer))));
  const report = await probed(`mllp://127.0.0.1:${server.port}`);
  expect([report.healthy, report.verdict]).toEqual([false, expect.stringContaining(verdict)]);
  expect(JSON.stringify(report)).not.toContain('CANARY');
});
