import type { Service } from './states.ts';

/** What each server was given until a moment, by its label. */
export type Sample = { readonly at: number; readonly served: ReadonlyMap<string, number> };

/** How long samples are of use, ms: for the line of the last minute. */
export const KEPT = 60_000;

/** How far back is looked for the number of now, ms. */
const NOW = 10_000;

export type Rates = {
  /** What a server was given in a second, lately; undefined where that is not known yet, or was not while it was reloaded. */
  readonly ofServer: (label: string) => number | undefined;
  readonly ofService: (service: Service) => number | undefined;
  /** One number for each question of the last minute; null where it is not known. */
  readonly line: (service: Service) => readonly (number | null)[];
};

/** What is known of servers at a moment, ms since 1970. */
export const take = (services: readonly Service[], at: number): Sample => ({
  at,
  served: new Map(labelsOf(services).map(({ label, served }) => [label, served])),
});

const labelsOf = (services: readonly Service[]) =>
  services.flatMap(({ pools }) => pools.flatMap(({ servers }) => servers));

/** How much was given in a second, from samples that follow each other. */
export function ratesOf(samples: readonly Sample[]): Rates {
  const last = samples.at(-1);
  const first = last && (samples.find(({ at }) => at >= last.at - NOW && at < last.at) ?? samples.at(-2));
  const ofServer: Rates['ofServer'] = (label) => (first && last ? between(first, last, label) : undefined);
  return {
    ofServer,
    ofService: keptFor((service) => sum(labelsOf([service]).map(({ label }) => ofServer(label)))),
    line: keptFor((service) => {
      const labels = labelsOf([service]).map(({ label }) => label);
      return samples.slice(1).map((is, index) => {
        const was = samples[index];
        return (was && sum(labels.map((label) => between(was, is, label)))) ?? null;
      });
    }),
  };
}

/** Reckons once for each service: list and picture ask for the same, and again whenever they come back. */
function keptFor<T>(reckon: (service: Service) => T): (service: Service) => T {
  const kept = new WeakMap<Service, { readonly found: T }>();
  return (service) => {
    const one = kept.get(service) ?? { found: reckon(service) };
    kept.set(service, one);
    return one.found;
  };
}

/** A count that fell was begun anew by a reload: how much was given meanwhile, nobody knows. */
function between(was: Sample, is: Sample, label: string): number | undefined {
  const [from, to] = [was.served.get(label), is.served.get(label)];
  return from === undefined || to === undefined || to < from ? undefined : ((to - from) / (is.at - was.at)) * 1_000;
}

const sum = (values: readonly (number | undefined)[]): number | undefined => {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
};
