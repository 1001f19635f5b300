import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import { err, ok, type Result } from '#lib';
import { noAnswer, reasonOf } from './reason.ts';

export type HttpAnswer = { readonly status: number; readonly headers: http.IncomingHttpHeaders; readonly body: string };

export type HttpRequest = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** One person with a browser: remembers cookies, and may keep its connection. */
export type HttpClient = {
  /** Any status is an answer; an error is the reason why there was none. */
  request(path: string, request?: HttpRequest): Promise<Result<HttpAnswer, string>>;
  close(): void;
};

/**
 * Returns a client of the server at `url`. `ca`: the PEM of the only authority it trusts. Like every browser it sends a
 * GET or HEAD again, once, where a kept connection turns out to have been closed before a byte of an answer came.
 */
export function httpClient(options: {
  readonly url: string;
  readonly ca?: string | undefined;
  readonly keepAlive: boolean;
  /** Milliseconds for a whole answer. Default 10 s. */
  readonly timeout?: number;
}): HttpClient {
  const { url, ca, keepAlive, timeout = 10_000 } = options;
  const isTls = url.startsWith('https:');
  const agent = isTls ? new https.Agent({ keepAlive, ca }) : new http.Agent({ keepAlive });
  const cookies = new Map<string, string>();

  async function request(path: string, asked: HttpRequest, isRepeated: boolean): Promise<Result<HttpAnswer, string>> {
    const { method = 'GET', headers = {}, body } = asked;
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ');
    const sent = (isTls ? https : http).request(new URL(path, url), {
      agent,
      method,
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
    });
    const timer = setTimeout(() => sent.destroy(new Error(noAnswer(timeout))), timeout);
    let began = false;
    try {
      const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
      sent.on('response', resolve).on('error', reject).end(body);
      const response = await promise;
      began = true;
      remember(response.headers['set-cookie'] ?? []);
      return ok({ status: response.statusCode ?? 0, headers: response.headers, body: await text(response) });
    } catch (thrown) {
      const reason = reasonOf(thrown);
      const wasIdle = sent.reusedSocket && !began && reason === 'ECONNRESET';
      if (wasIdle && !isRepeated && (method === 'GET' || method === 'HEAD')) return await request(path, asked, true);
      return err(reason);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Attributes are of no interest on a loopback site; an empty value takes a cookie back. */
  function remember(lines: readonly string[]): void {
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
  }

  return { request: (path, asked = {}) => request(path, asked, false), close: () => agent.destroy() };
}
