import { connect } from 'node:tls';

/**
 * `node handshake-client.ts PORT SECONDS`: makes TLS connections to localhost as fast as it can, four at a time, and prints how many
 * handshakes that were. Each is a full one: no session is kept. `openssl s_time` does the same, but names no host, and clients that
 * name none are clients of yesterday.
 */
const [port, seconds] = process.argv.slice(2).map(Number);
const AT_A_TIME = 4;

const end = performance.now() + (seconds ?? 0) * 1_000;
let made = 0;
await Promise.all(
  Array.from({ length: AT_A_TIME }, async () => {
    while (performance.now() < end) await handshake();
  }),
);
console.log(made);

function handshake(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: '127.0.0.1', port: port ?? 0, servername: 'localhost', rejectUnauthorized: false });
  socket.on('secureConnect', () => {
    made += 1;
    socket.end();
  });
  socket.on('error', reject);
  socket.on('close', () => resolve());
  socket.resume();
  return promise;
}
