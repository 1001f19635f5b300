import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A file of the console: code, which anybody may have. */
    isConsole?: boolean;
  }
}

/** A file of the built console, as it goes out. */
export type ConsoleFile = {
  /** Its media type. */
  readonly type: string;
  readonly body: Buffer;
  /** The same, compressed with gzip; left out where that saves nothing. */
  readonly gzip?: Buffer;
};

/** The built console by path: `/index.html`, `/assets/index-4f1b.js`. Empty where it was not built. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** Scripts and styles from here and from nowhere else, none written into a page; no frame around it; no form that leaves. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** The name of a file in here changes with what is in it. */
const UNCHANGING = '/assets/';
const YEAR = 365 * 86_400;

const NOT_BUILT: ConsoleFile = {
  type: 'text/plain; charset=utf-8',
  body: Buffer.from(
    'Vagus: the console was not built here. In the checkout, type `make console`, and start the controller again.\n' +
      'Until then: `vagus status`, and everything else that `vagus --help` names.\n',
  ),
};

/** Serves the console to everybody: it holds nothing but code, and what it asks for is asked of the API by somebody. */
export function serveConsole(app: FastifyInstance, files: ConsoleFiles): void {
  serve(app, '/', files.get('/index.html') ?? NOT_BUILT);
  for (const [path, file] of files) if (path !== '/index.html') serve(app, path, file);
}

function serve(app: FastifyInstance, path: string, file: ConsoleFile): void {
  app.get(path, { config: { isConsole: true } }, (request, reply) => {
    const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '') ? file.gzip : undefined;
    return reply
      .headers({
        'content-security-policy': POLICY,
        'cache-control': path.startsWith(UNCHANGING) ? `public, max-age=${YEAR}, immutable` : 'no-store',
        'content-type': file.type,
        vary: 'accept-encoding',
        ...(gzip && { 'content-encoding': 'gzip' }),
      })
      .send(gzip ?? file.body);
  });
}
