import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/**
 * Below the range from which Linux takes the ports of outgoing connections: in it, whoever connects to a server that is
 * down could be given that server's own port, and keep it from coming back.
 */
const [FIRST, LAST] = [20_000, 31_999] as const;

/** `preferred` where nobody listens there, or any other loopback port that is free. */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}

/** True where something on loopback takes connections on `port`. */
export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
