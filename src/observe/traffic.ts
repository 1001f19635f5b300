import type { Fault, Result } from '#lib';
import { ok } from '#lib';
import { type BackendSample, type Layout, samples } from '#engines/haproxy';
import type { Desired } from '#plan';

/** What a service has done since the worker that serves it began. */
export type Traffic = {
  /** Requests; outside HTTP, connections. */
  readonly done: number;
  /** Those of them that failed. */
  readonly failed: number;
  /** Servers that take work. */
  readonly serving: number;
};

/** The traffic of each service by name, in one look at the engine. */
export async function traffic(layout: Layout, desired: Desired): Promise<Result<ReadonlyMap<string, Traffic>, Fault>> {
  const now = await samples(layout);
  if (!now.ok) return now;
  const backends = new Map(now.value.backends.map((sample) => [sample.backend, sample]));
  const serving = new Map<string, number>();
  for (const { backend, status } of now.value.servers) {
    if (/^UP|^no check/.test(status)) serving.set(backend, (serving.get(backend) ?? 0) + 1);
  }
  const services = new Map<string, Traffic>();
  for (const { name, service, protocol } of desired.backends) {
    const sample = backends.get(name);
    const before = services.get(service) ?? { done: 0, failed: 0, serving: 0 };
    services.set(service, {
      done: before.done + (sample?.totalSessions ?? 0),
      failed: before.failed + (sample ? failuresOf(sample, protocol === 'http') : 0),
      serving: before.serving + (serving.get(name) ?? 0),
    });
  }
  return ok(services);
}

/** A request that failed on one server and succeeded on another has not failed: for HTTP the answers are what counts. */
const failuresOf = ({ serverErrors, connectErrors, responseErrors }: BackendSample, isHttp: boolean): number =>
  isHttp ? serverErrors : connectErrors + responseErrors;
