import { afterAll, expect, test } from 'vitest';
import { httpWire, wire } from '#system';

import { endAll, peer } from '../observe/telemetry/support.ts';

afterAll(endAll);

test('a kept connection that the peer has closed is made anew; one that is hung up is not', async () => {
  let asked = 0;
  const server = await peer((socket) => {
    // It answers one question, and ends the connection when the next one comes.
    let answered = false;
    socket.on('data', () => {
      if (answered) return void socket.destroy();
      answered = true;
      asked += 1;
      socket.write('yes\n');
    });
  });
  const line = wire({ host: '127.0.0.1', port: server.port, tls: undefined });
  const toLineEnd = (text: string): number | undefined => (text.endsWith('\n') ? text.length : undefined);
  expect(await line.ask('?', toLineEnd, 1_000)).toEqual({ ok: true, value: 'yes\n' });
  expect(line.isOpen()).toBe(true);
  expect(await line.ask('?', toLineEnd, 1_000)).toEqual({ ok: true, value: 'yes\n' });
  expect([asked, server.connections()]).toEqual([2, 2]);
  const never = line.ask('?', () => undefined, 5_000);
  line.hangUp();
  expect((await never).ok).toBe(false);
  expect(server.connections()).toBe(2);
});

test.each([
  ['no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n', 'NO-SENSE'],
  ['an answer that ends too soon', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort', 'NO-SENSE'],
  ['half a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort', 'NO-SENSE'],
  ['chunks that are none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhello\r\n', 'NO-SENSE'],
  ['nothing', '', 'NO-ANSWER'],
])('%s is an error', async (_, answer, code) => {
  const server = await peer((socket) => void socket.on('data', () => socket.end(answer)));
  const pages = httpWire({ host: '127.0.0.1', port: server.port, tls: undefined }, '/');
  expect(await pages.get(1_000, undefined)).toEqual({ ok: false, error: code });
});

test('bodies by length, by chunks and until the end are the same', async () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: 1\r\n\r\n',
    'HTTP/1.0 200 OK\r\n\r\nhello',
  ];
  for (const answer of answers) {
    for (const size of [1, 7, 1_000]) {
      const server = await peer((socket) => {
        socket.on('data', () => {
          for (let at = 0; at < answer.length; at += size) socket.write(answer.slice(at, at + size));
          if (answer.startsWith('HTTP/1.0')) socket.end();
        });
      });
      const pages = httpWire({ host: '127.0.0.1', port: server.port, tls: undefined }, '/');
      expect(await pages.get(2_000, undefined)).toEqual({ ok: true, value: { status: 200, body: 'hello' } });
      pages.close();
    }
  }
});

test('a hanging page is given up in time', async () => {
  const server = await peer(() => undefined);
  const pages = httpWire({ host: '127.0.0.1', port: server.port, tls: undefined }, '/');
  expect(await pages.get(50, undefined)).toEqual({ ok: false, error: 'DEADLINE' });
});
