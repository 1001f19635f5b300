import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseArgs } from 'node:util';
import { type Answer, httpServer, targetOf } from './http.ts';
import { portalPage } from './portal-page.ts';
import { standIn } from './stand-in.ts';

// The web front end of a record system. It keeps its sessions in its own memory, as many do: a session that comes to
// another server begins anew, which shows whether persistence works.

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'ehr1' },
    port: { type: 'string', default: '0' },
    delay: { type: 'string', default: '0' },
  },
});
const { name } = values;
const delay = Number(values.delay);
const me = standIn(name);

const SESSION_COOKIE = 'EHR_SESSION';
const MOST_SESSIONS = 10_000;
const visits = new Map<string, number>();

me.listen(httpServer(respond), Number(values.port));

async function respond(request: IncomingMessage): Promise<Answer> {
  const { pathname } = targetOf(request);
  if (pathname !== '/health') await me.work(delay);

  const { status } = me.faults();
  if (status !== undefined) return text(status, `${name} answers ${status}, because it was told to.`);
  if (pathname === '/health') return json({ status: 'up', server: name });
  if (pathname !== '/') return text(404, 'The portal has one page, and a health page at /health.');
  return page(request);
}

/** Programs that do not ask for HTML get one line: it reads better in a terminal. */
function page(request: IncomingMessage): Answer {
  const session = sessionOf(request) ?? randomUUID();
  const visit = (visits.get(session) ?? 0) + 1;
  visits.delete(session);
  visits.set(session, visit);
  const [oldest = ''] = visits.keys();
  if (visits.size > MOST_SESSIONS) visits.delete(oldest);

  const headers = {
    'set-cookie': `${SESSION_COOKIE}=${session}; Path=/; HttpOnly; SameSite=Lax`,
    'cache-control': 'no-store',
    vary: 'accept',
  };
  const line = `St. Elsewhere EHR portal, served by ${name}: visit ${visit} of this session.\n`;
  return request.headers.accept?.includes('text/html')
    ? {
        status: 200,
        headers: { ...headers, 'content-type': 'text/html; charset=utf-8' },
        body: portalPage(name, visit),
      }
    : { status: 200, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: line };
}

/** The session of the request, where this server knows it. */
function sessionOf(request: IncomingMessage): string | undefined {
  const pair = request.headers.cookie?.split('; ').find((cookie) => cookie.startsWith(`${SESSION_COOKIE}=`));
  const session = pair?.slice(SESSION_COOKIE.length + 1);
  return session !== undefined && visits.has(session) ? session : undefined;
}

function text(status: number, line: string): Answer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${line}\n` };
}

function json(value: unknown): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}
