import { connect, createServer, type Socket } from 'node:net';

/**
 * `node pass.ts SOCKET PORT…`: the least that Node can do where the relay stands. It takes connections from HAProxy, drops the PROXY
 * header, and passes on what comes on each to a connection of its own, whole frames at a time. It looks at no message, knows no
 * order and no other server: no relay written for Node gets closer to plain forwarding than this.
 */
const [path, ...ports] = process.argv.slice(2);
const END_BLOCK = 0x1c;
let connections = 0;

createServer({ allowHalfOpen: true }, (client) => {
  client.once('data', (first: Buffer) => {
    const server = connect({
      port: Number(ports[connections % ports.length]),
      host: '127.0.0.1',
      noDelay: true,
      onread: { buffer: new Uint8Array(65_536), callback: answer },
    });
    connections += 1;
    const pass = passTo(server);
    pass(first.subarray(16 + first.readUInt16BE(14)));
    client.on('data', pass);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  });

  function answer(length: number, bytes: Uint8Array): boolean {
    client.write(Buffer.from(bytes.subarray(0, length)));
    return true;
  }
}).listen(path);

function passTo(server: Socket): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(END_BLOCK);
    if (end >= 0) server.write(bytes);
    rest = end >= 0 ? bytes.subarray(bytes.length) : bytes;
  };
}
