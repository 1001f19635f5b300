import { err, type Fault, ok, type Result } from '#lib';

import type { Configuration, ServiceConfiguration } from './configuration.ts';
import { fault } from './errors.ts';
import { leftQueues } from './left.ts';
import { openService, type Service, type ServiceParts } from './service.ts';
import { type Following, followStates } from './states.ts';

/** All services at work. */
export type Relay = {
  services(): readonly Service[];
  /**
   * From now on this holds: services are added, changed and removed, and those that stay as they are notice nothing. The error
   * is that of a service that cannot listen; then it is missing, and the others are as they should be.
   */
  update(configuration: Configuration): Promise<Result<void, Fault>>;
  /** Asks HAProxy for the states of servers now, and returns once they count. */
  look(): Promise<void>;
  /** Ends all services; what is under way is ended first. */
  drain(): Promise<void>;
};

/** Opens a relay without services. `update` is what gives it some. */
export function openRelay(parts: ServiceParts): Relay {
  const services = new Map<string, Service>();
  const draining = new Set<Promise<void>>();
  let states: (Following & { readonly socket: string }) | undefined;

  const toldLeft = new Set<number>();

  /** Tells of every queue that is left behind, once. Those that end in order may still empty theirs. */
  async function tellOfLeft(): Promise<void> {
    await Promise.all(draining);
    const left = leftQueues({ services: () => [...services.values()] }, parts.journal);
    for (const { id, service, destination, depth, dead } of left) {
      if (toldLeft.has(id)) continue;
      const text = `its queue ${destination} is not served any more, with ${depth} waiting and ${dead} given up`;
      parts.events.add({ code: 'relay-queue-left', service, text });
    }
    toldLeft.clear();
    for (const { id } of left) toldLeft.add(id);
  }

  function end(service: Service): Promise<void> {
    services.delete(service.configuration().name);
    const ended = service.drain().finally(() => draining.delete(ended));
    draining.add(ended);
    return ended;
  }

  async function begin(configuration: ServiceConfiguration): Promise<Fault | undefined> {
    const opened = await openService(configuration, parts);
    if (!opened.ok) return opened.error;
    services.set(configuration.name, opened.value);
    return undefined;
  }

  function followHaproxy(socket: string | undefined): void {
    if (states?.socket === socket) return;
    states?.stop();
    states = undefined;
    if (socket === undefined) return;
    const backends = (): readonly string[] => [
      ...new Set([...services.values()].flatMap((service) => service.destinations().map(({ backend }) => backend))),
    ];
    const following = followStates(socket, backends, (said) => {
      for (const service of services.values()) service.setStates(said);
    });
    states = { socket, ...following };
  }

  return {
    services: () => [...services.values()],
    async update(configuration) {
      const wanted = new Map(configuration.services.map((service) => [service.name, service]));
      for (const service of services.values()) {
        const next = wanted.get(service.configuration().name);
        if (next === undefined || mustBeginAnew(service.configuration(), next)) void end(service);
      }
      const faults: Fault[] = [];
      for (const next of configuration.services) {
        const running = services.get(next.name);
        running?.update(next);
        const failed = running === undefined ? await begin(next) : undefined;
        if (failed !== undefined) faults.push(failed);
      }
      followHaproxy(configuration.states);
      void tellOfLeft();
      if (faults.length === 0) return ok(undefined);
      const [first] = faults;
      return err(fault('relay-listen', faults.map(({ message }) => message).join('\n'), first));
    },
    async look() {
      await states?.look();
    },
    async drain() {
      states?.stop();
      await Promise.all([...[...services.values()].map(end), ...draining]);
    },
  };
}

const mustBeginAnew = (before: ServiceConfiguration, after: ServiceConfiguration): boolean =>
  before.listen !== after.listen || before.delivery !== after.delivery;
