import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { type Model, simulated } from '#steer';

import { beginning } from './begin.ts';
import type { Task } from './task.ts';

// A program: the servers of a pool, with the workers, the queue and the script of the model, in real time. What a request costs is in its headers. Argument: a task.

const task = JSON.parse(process.argv[2] ?? '') as Task;
const { model, ports } = task;

type Waiting = { readonly response: ServerResponse; readonly received: number };

/** A little late is never early: a timer of Node's comes up to 1 ms late, and the server's own clock is not moved by that. */
const now = (): number => Math.max(0, performance.timeOrigin + performance.now() - startsAt);
/** Before the word, nothing moves but checks. */
let startsAt = Infinity;

/** Serves, and returns what sets its script going. */
function serve({ name, script = [], ...rest }: Model['servers'][number], port: number): () => void {
  const server = simulated.newServer({ name, script, ...rest });
  const waiting = new Map<number, Waiting>();
  const sockets = new Set<Socket>();
  let timer: NodeJS.Timeout | undefined;
  let listener: Server | undefined;
  let changed = 0;

  function next(): void {
    clearTimeout(timer);
    const at = Math.min(simulated.nextFinish(server), script[changed]?.at ?? Infinity);
    if (at < Infinity) timer = setTimeout(due, Math.max(0, at - now()));
  }

  function due(): void {
    const time = now();
    for (;;) {
      const finish = simulated.nextFinish(server);
      const change = script[changed];
      if (change !== undefined && change.at <= Math.min(time, finish)) apply(changed++);
      else if (finish <= time) answer(finish);
      else break;
    }
    next();
  }

  function answer(at: number): void {
    const { request, failed } = simulated.finishOne(server, at);
    const asked = waiting.get(request.id);
    waiting.delete(request.id);
    if (request.over || asked === undefined) return;
    asked.response
      .writeHead(failed ? 500 : 200, {
        'X-Received': asked.received.toFixed(3),
        'X-Late': (now() - at).toFixed(3),
        'Content-Length': 0,
      })
      .end();
  }

  function apply(index: number): void {
    const { at, speed, failing, running } = script[index]!;
    simulated.advance(server, at);
    server.speed = speed ?? server.speed;
    server.failing = failing ?? server.failing;
    if (running === false) end();
    if (running === true) listen();
    server.running = running ?? server.running;
  }

  function end(): void {
    simulated.crash(server);
    waiting.clear();
    listener?.close();
    for (const socket of sockets) socket.destroy();
  }

  function listen(): void {
    listener = createServer({ keepAliveTimeout: 0 }, handle);
    listener.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    listener.listen(port, '127.0.0.1');
  }

  function handle({ url, headers }: IncomingMessage, response: ServerResponse): void {
    if (url === '/health') {
      // One that stalls does not answer its checks either.
      if (server.speed > 0) response.writeHead(200).end();
      return;
    }
    const [id, work, luck] = String(headers['x-task']).split(' ').map(Number);
    const at = now();
    const request = simulated.newRequest({ id: id ?? 0, at, class: 0, work: work ?? 0, luck: luck ?? 1 });
    waiting.set(request.id, { response, received: at });
    response.on('close', () => {
      if (!response.writableFinished) request.over = true;
    });
    due();
    simulated.accept(server, request, at);
    next();
  }

  listen();
  return due;
}

const starts = model.servers.map((server, index) => serve(server, ports[index]!));
startsAt = await beginning(task.begins);
for (const start of starts) start();
