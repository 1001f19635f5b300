import { randomUUID } from 'node:crypto';
import {
  hl7Sender,
  httpClient,
  type Load,
  people,
  sendInstances,
  startLoad,
  syntheticStudy,
  updateMessage,
} from '#demo';
import { err, ok } from '#lib';

export type { Load, LoadReport } from '#demo';

// Steady load for tests that break something meanwhile. Nothing is tried twice: what a client would notice is a failure,
// counted by its reason. Every client works without a pause unless `every` (milliseconds) says otherwise.

type Common = {
  /** Clients side by side. Default 1. */
  readonly workers?: number;
  /** Milliseconds between one piece of work of a client and its next. Default 0. */
  readonly every?: number;
  /** Milliseconds until a client gives up. Default 10 s. */
  readonly timeout?: number;
};

/** Requests, each client with its own cookies. Anything but `status` (200) is a failure: `status 503`, `ECONNREFUSED`. */
export function startHttpLoad(
  options: Common & {
    readonly url: string;
    /** PEM of the only authority to trust. */
    readonly ca?: string;
    /** false: a new connection for each request. Default true. */
    readonly keepAlive?: boolean;
    readonly path?: string;
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly status?: number;
  },
): Load {
  const { url, ca, keepAlive = true, path = '/', method, headers, body, status = 200, workers = 1, timeout } = options;
  const clients = Array.from({ length: workers }, () =>
    httpClient({ url, ca, keepAlive, ...(timeout === undefined ? {} : { timeout }) }),
  );
  const request = { ...(method && { method }), ...(headers && { headers }), ...(body && { body }) };
  const load = startLoad(async (worker) => {
    const answer = await clients[worker]?.request(path, request);
    if (answer?.ok !== true) return answer ?? err('no such worker');
    return answer.value.status === status ? ok(undefined) : err(`status ${answer.value.status}`);
  }, options);
  return {
    report: () => load.report(),
    async stop() {
      const report = await load.stop();
      for (const client of clients) client.close();
      return report;
    },
  };
}

/** Whole associations: associate, echo, store `instances` (1) of `pixelBytes` (4096), release. A refusal is a failure. */
export function startDicomLoad(
  options: Common & {
    readonly port: number;
    readonly called?: string;
    readonly calling?: string;
    readonly instances?: number;
    readonly pixelBytes?: number;
  },
): Load {
  const { port, called = 'PACS', calling = 'DEMO_CT', instances = 1, pixelBytes, timeout } = options;
  const peer = { host: '127.0.0.1', port, called, calling, ...(timeout === undefined ? {} : { timeout }) };
  const study = syntheticStudy(instances, pixelBytes);
  return startLoad(() => sendInstances(peer, study), options);
}

/** ADT messages, each client over one connection that it opens anew after a failure. Only AA and CA, for it, are successes. */
export function startHl7Load(options: Common & { readonly port: number }): Load {
  const { port, workers = 1, timeout } = options;
  const peer = { host: '127.0.0.1', port, ...(timeout === undefined ? {} : { timeout }) };
  const senders = Array.from({ length: workers }, () => hl7Sender(peer));
  const [person] = people;
  const load = startLoad(async (worker) => {
    const sender = senders[worker];
    return person && sender ? sender.send(updateMessage(person, randomUUID())) : err('no such worker');
  }, options);
  return {
    report: () => load.report(),
    async stop() {
      const report = await load.stop();
      for (const sender of senders) sender.close();
      return report;
    },
  };
}
