import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer, type ServerOptions } from 'node:https';
import { type Address, err, type Fault, formatAddress, messageOf, ok, type Result, type Secret } from '#lib';

import { createAudit } from './audit.ts';
import { bind } from './bind.ts';
import { compressLongAnswers } from './compress.ts';
import { type ConsoleFiles, serveConsole } from './console.ts';
import { fault } from './errors.ts';
import { createGate } from './gate.ts';
import { accessHandlers } from './handlers/access.ts';
import { changeHandlers } from './handlers/changes.ts';
import { historyHandlers } from './handlers/history.ts';
import { languageHandlers } from './handlers/language.ts';
import { maintenanceHandlers } from './handlers/maintenance.ts';
import { recordHandlers } from './handlers/records.ts';
import { relayHandlers } from './handlers/relay.ts';
import { serviceHandlers } from './handlers/services.ts';
import { steeringHandlers } from './handlers/steering.ts';
import type { ApiPorts } from './ports.ts';
import { failBefore } from './refuse.ts';
import { openapiDocument } from './openapi.ts';
import { createShared } from './shared.ts';
import { createStreams } from './stream.ts';

type Socket = IncomingMessage['socket'];

export type Api = {
  /** Answers a connection that came in on the state directory's socket: its other end is administrator of everything. */
  readonly handleLocal: (socket: Socket) => void;
  /** Listens for HTTPS. Returns the address, with the port where 0 was asked for. Once; the error is `api-listen`. */
  readonly listen: (address: Address, tls: Identity) => Promise<Result<Address, Fault>>;
  /** Shows another certificate to whoever connects from now on. The error is `api-certificate`: the one before is shown. */
  readonly show: (tls: Identity) => Result<void, Fault>;
  /** Asks without a connection, as if over HTTPS. For tests. */
  readonly inject: (request: InjectOptions) => Promise<LightMyRequestResponse>;
  /** Ends open streams and connections; those that are being answered get a moment. */
  readonly close: () => Promise<void>;
};

/** PEM: the certificate with its chain, and its key. */
type Identity = { readonly key: Secret; readonly cert: string };

/** How long answers under way may take once the API closes, ms. */
const GRACE = 2_000;

/** An answer that is longer under way than the longest change is none any more, ms. */
const REQUEST_TIMEOUT = 60_000;
const MOST_CONNECTIONS = 1_000;
const LONGEST_PARAM = 300;

/** Makes the API, ready to answer and not yet reachable, with the console at its top. */
export async function createApi(ports: ApiPorts, files: ConsoleFiles = new Map()): Promise<Api> {
  const local = new WeakSet<IncomingMessage>();
  const streams = createStreams(ports.feed);
  const traffic = createTraffic();
  let listener: RequestListener = () => undefined;
  const app = Fastify({
    serverFactory(answer) {
      listener = traffic.counted(answer);
      // Never listens. It reads what comes in on sockets that it is handed, and so marks what is local.
      return createServer((request, response) => {
        local.add(request);
        listener(request, response);
      });
    },
    logger: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    frameworkErrors: (thrown, _, reply) => failBefore(thrown, reply),
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  takeBodies(app);
  await app.register(cookie);
  const gate = createGate(ports.store, ports.now, (request) => local.has(request));
  const shared = createShared(ports.now);
  const unsubscribe = ports.feed.subscribe(shared.forget);
  const openapi = await openapiDocument(ports.controller().version);
  bind(app, {
    ports,
    gate,
    streams,
    shared,
    audit: createAudit(ports.store, ports.now),
    handlers: {
      ...serviceHandlers,
      ...steeringHandlers,
      ...historyHandlers,
      ...relayHandlers,
      ...changeHandlers,
      ...languageHandlers,
      ...maintenanceHandlers,
      ...accessHandlers,
      ...recordHandlers({ openapi, streams, gate }),
    },
  });
  compressLongAnswers(app);
  serveConsole(app, files);
  await app.ready();
  return doors(app, listener, traffic, () => {
    unsubscribe();
    streams.close();
  });
}

/** What is being answered. */
type Traffic = {
  readonly counted: (answer: RequestListener) => RequestListener;
  /** Resolves once nothing is, or after `within` ms. */
  readonly ended: (within: number) => Promise<void>;
};

function createTraffic(): Traffic {
  const answering = new Set<ServerResponse>();
  let onIdle: () => void = () => undefined;
  return {
    counted: (answer) => (request, response) => {
      answering.add(response);
      response.once('close', () => {
        answering.delete(response);
        if (answering.size === 0) onIdle();
      });
      answer(request, response);
    },
    async ended(within) {
      if (answering.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onIdle = resolve;
      const patience = setTimeout(resolve, within);
      await promise;
      clearTimeout(patience);
    },
  };
}

function doors(app: FastifyInstance, listener: RequestListener, traffic: Traffic, closeStreams: () => void): Api {
  const localSockets = new Set<Socket>();
  let outside: TlsServer | undefined;
  return {
    handleLocal(socket) {
      localSockets.add(socket);
      socket.once('close', () => localSockets.delete(socket));
      app.server.emit('connection', socket);
    },
    async listen(address, tls) {
      try {
        outside = createTlsServer(contextOf(tls), listener);
      } catch (cause) {
        return err(fault('api-listen', `the certificate of the API cannot be used: ${messageOf(cause)}`, cause));
      }
      outside.maxConnections = MOST_CONNECTIONS;
      outside.headersTimeout = REQUEST_TIMEOUT / 2;
      outside.requestTimeout = REQUEST_TIMEOUT;
      return listening(outside, address);
    },
    show(tls) {
      try {
        outside?.setSecureContext(contextOf(tls));
        return ok(undefined);
      } catch (cause) {
        return err(
          fault(
            'api-certificate',
            `the new certificate of the API cannot be used, and the one before is shown: ${messageOf(cause)}`,
            cause,
          ),
        );
      }
    },
    inject: (request) => app.inject(request),
    async close() {
      outside?.close();
      closeStreams();
      await traffic.ended(GRACE);
      outside?.closeAllConnections();
      for (const socket of localSockets) socket.destroy();
      await app.close();
    },
  };
}

/** Throws where they do not fit; Node itself would listen without any. */
function contextOf({ key, cert }: Identity): ServerOptions {
  if (cert === '' || key.reveal() === '') throw new Error('it is no PEM with a certificate and its key');
  return { key: key.reveal(), cert, minVersion: 'TLSv1.2' };
}

function listening(server: TlsServer, { host, port }: Address): Promise<Result<Address, Fault>> {
  const { promise, resolve } = Promise.withResolvers<Result<Address, Fault>>();
  const asked = formatAddress({ host, port });
  // Also afterwards: a connection that cannot be accepted is no reason to end.
  server.on('error', (cause) => {
    resolve(err(fault('api-listen', `the API cannot listen on ${asked}: ${cause.message}`, cause)));
  });
  server.listen({ host, port }, () => {
    const bound = server.address();
    const boundPort = typeof bound === 'object' && bound !== null ? bound.port : port;
    resolve(ok({ host, port: boundPort }));
  });
  return promise;
}

/** Bodies are JSON, where an empty one is none, or text. A `__proto__` in JSON is refused. */
function takeBodies(app: FastifyInstance): void {
  const readJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'string' },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else void readJson(request, body, done);
    },
  );
  app.addContentTypeParser<string>(
    ['application/yaml', 'text/yaml', 'text/plain'],
    { parseAs: 'string' },
    (_, body, done) => done(null, body),
  );
}
