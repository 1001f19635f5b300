import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import { parseArgs } from 'node:util';

/**
 * The HTTP proxy that one writes in an afternoon with Node alone: least connections over its servers, keep-alive on both
 * sides, forwarding headers.
 */
const text = { type: 'string', default: '' } as const;
const { plain, tls, certificate, server1, server2 } = parseArgs({
  options: { plain: text, tls: text, certificate: text, server1: text, server2: text },
}).values;

const servers = [server1, server2].map((port) => ({ port: Number(port), busy: 0 }));
const agent = new http.Agent({ keepAlive: true });

function forward(protocol: 'http' | 'https'): http.RequestListener {
  return (request, response) => {
    const chosen = servers.reduce((least, one) => (one.busy < least.busy ? one : least));
    const { method, url, headers, socket } = request;
    const forwarded = {
      'x-forwarded-for': socket.remoteAddress,
      'x-forwarded-proto': protocol,
      connection: 'keep-alive',
    };
    const upstream = http.request(
      { agent, host: '127.0.0.1', port: chosen.port, method, path: url, headers: { ...headers, ...forwarded } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    chosen.busy += 1;
    response.on('close', () => {
      chosen.busy -= 1;
      if (!response.writableFinished) upstream.destroy();
    });
    upstream.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    request.pipe(upstream);
  };
}

const pem = readFileSync(certificate);
http.createServer(forward('http')).listen(Number(plain), '127.0.0.1');
https.createServer({ cert: pem, key: pem }, forward('https')).listen(Number(tls), '127.0.0.1');
