import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import {
  encodePdu,
  messageReader,
  type Pdu,
  pduReader,
  VAGUS_USER,
  type DimseMessage,
  encodeMessage,
} from '#protocols';
import { valuesOf } from '../../protocols/support.ts';
import { waitFor } from '../../support/wait.ts';

/** What a peer of ours saw of those who connected. */
export type Seen = { readonly bytes: () => Buffer; readonly ends: string[] };

export type Peer = Seen & { readonly port: number; stop(): Promise<void> };

/** Listens on a free loopback port and notes what comes, and whether it ends with FIN (`end`) or not (an error's code). */
export async function peer(serve: (socket: Socket) => void, tls?: TlsOptions): Promise<Peer> {
  const chunks: Buffer[] = [];
  const ends: string[] = [];
  const open = new Set<Socket>();
  const onConnection = (socket: Socket): void => {
    open.add(socket);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => ends.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? 'error'));
    serve(socket);
  };
  const server: Server = tls ? createTlsServer(tls, onConnection) : createServer(onConnection);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => Buffer.concat(chunks),
    ends,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** A DICOM peer that answers each PDU and each message as told. */
export const dicomPeer = (
  answer: (pdu: Pdu) => readonly Pdu[],
  answerMessage: (message: DimseMessage) => readonly DimseMessage[] = () => [],
): Promise<Peer> =>
  peer((socket) => {
    const pdus = pduReader({ from: 'client' });
    const messages = messageReader({ from: 'client' });
    socket.on('data', (chunk) => {
      for (const pdu of valuesOf(pdus.push(chunk))) {
        for (const back of answer(pdu)) socket.write(encodePdu(back));
        if (pdu.type !== 'P-DATA-TF') continue;
        for (const message of valuesOf(messages.push(pdu))) {
          for (const back of answerMessage(message)) socket.write(encodeMessage(back));
        }
      }
    });
  });

/** Accepts an association with this result for every context, and a release. */
export function accepting(result = 0): (pdu: Pdu) => readonly Pdu[] {
  return (pdu) => {
    if (pdu.type === 'A-RELEASE-RQ') return [{ type: 'A-RELEASE-RP' }];
    if (pdu.type !== 'A-ASSOCIATE-RQ') return [];
    const contexts = pdu.contexts.map(({ id, transferSyntaxes: [transferSyntax = ''] }) => ({
      id,
      result,
      transferSyntax,
    }));
    return [{ ...pdu, type: 'A-ASSOCIATE-AC', user: VAGUS_USER, contexts }];
  };
}

export type Program = { stop(): Promise<void> };

/** Starts a server program and resolves once something listens on its port. */
export async function startProgram(port: number, program: string, ...args: readonly string[]): Promise<Program> {
  const child: ChildProcess = spawn(program, args, {
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], TCP_NODELAY: '1' },
  });
  await waitFor(`${program} listens`, () => isListening(port));
  return {
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** A port whose kernel drops every further connection attempt: its queue is full, and nobody accepts. */
export async function startDropping(): Promise<Program & { readonly port: number }> {
  const script = `const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.stdout.write(String(server.address().port));
    process.kill(process.pid, 'SIGSTOP');
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [output] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(output);
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await once(fillers[1] as Socket, 'connect');
  return {
    port,
    stop: async () => {
      for (const filler of fillers) filler.destroy();
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.end();
  }
}
