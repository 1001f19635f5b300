import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, type StringAnswer } from 'dns-packet';

export type NameServer = {
  readonly port: number;
  /** How many questions for addresses came. */
  asked(): number;
  close(): void;
};

/** A name server on loopback. `names`, which may change, gives each name its IPv4 addresses; there is nothing else. */
export async function startNameServer(names: ReadonlyMap<string, readonly string[]>): Promise<NameServer> {
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (message, { address, port }) => {
    const { id, questions = [] } = decode(message);
    const answers = questions.flatMap(({ name, type }): StringAnswer[] => {
      if (type === 'A') asked += 1;
      const addresses = type === 'A' ? (names.get(name.toLowerCase()) ?? []) : [];
      return addresses.map((data) => ({ type: 'A', name, ttl: 1, data }));
    });
    // 3: the name does not exist (RFC 1035 §4.1.1).
    const code = questions.some(({ name }) => names.has(name.toLowerCase())) ? 0 : 3;
    socket.send(encode({ type: 'response', id: id ?? 0, flags: code, questions, answers }), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { port: socket.address().port, asked: () => asked, close: () => socket.close() };
}
