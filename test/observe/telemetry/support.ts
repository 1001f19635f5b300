import { createServer, type Server, type Socket } from 'node:net';
import { err, Fault, ok, Secret } from '#lib';
import { pollTelemetry, type SecretOf, type TelemetryPoller } from '#observe';
import type { Desired } from '#plan';

import { desired } from '../../plan/support.ts';

const servers: Server[] = [];
const pollers: TelemetryPoller[] = [];

/** Secrets of a test, by name. */
export const secrets =
  (known: Readonly<Record<string, string>>): SecretOf =>
  (name) => {
    const value = known[name];
    const kind = { blame: 'client', unit: 'nothing was sent', retry: 'after-change' } as const;
    return value === undefined
      ? err(new Fault('system-secret-missing', kind, `there is no secret ${name}`))
      : ok(new Secret(value));
  };

/** A plan with one service, whose servers have this telemetry (as it is written in a spec) at these addresses. */
export const planOf = (
  telemetry: Readonly<Record<string, string>>,
  {
    host = '127.0.0.1',
    files = {},
  }: { readonly host?: string; readonly files?: Readonly<Record<string, string>> } = {},
): Desired =>
  desired(
    `version: 1
site: s
services:
  web:
    preset: http
    listen: 127.0.0.1:80
    servers:
${Object.entries(telemetry)
  .map(([name, written]) => `      ${name}: { address: "${host}:1", telemetry: ${written} }`)
  .join('\n')}
`,
    files,
  );

/** Reads telemetry until the test file ends. */
export function follow(plan: Desired, known: Readonly<Record<string, string>> = {}): TelemetryPoller {
  const poller = pollTelemetry(secrets(known));
  pollers.push(poller);
  poller.follow(plan);
  return poller;
}

/** A server that does what it is told with each connection, on a port of its own or a certain one. */
export async function peer(
  answer: (socket: Socket) => void,
  port = 0,
): Promise<{ readonly port: number; readonly connections: () => number; close(): Promise<void> }> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    answer(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    close() {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** An HTTP answer to every request on a connection that is kept. */
export const page =
  (body: () => string, status = '200 OK') =>
  (socket: Socket): void => {
    socket.on('data', () => {
      const text = body();
      socket.write(`HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    });
  };

/** For `afterAll`. */
export function endAll(): void {
  for (const poller of pollers.splice(0)) poller.close();
  for (const server of servers.splice(0)) server.close();
}
