import type { Model } from '#steer';

import { faults, overload, type Scenario as Simulated, speeds } from '../simulate/scenarios.ts';

/** What is measured on real HAProxy: a scenario of the simulation, in less time. */
export type Scenario = Simulated & { readonly kind: 'speed' | 'fault' | 'overload' };

/** How long a pass lasts, and how much of its beginning is not counted, ms. */
const LONG = { duration: 45_000, warmUp: 10_000 };
/** Faults begin 40 s into a simulation; here 30 s earlier. */
const EARLIER = 30_000;
const FAULTY = { duration: 80_000, warmUp: 5_000 };

const shortened = (model: Model): Model => ({ ...model, ...LONG });

const sooner = (model: Model): Model => ({
  ...model,
  ...FAULTY,
  servers: model.servers.map((server) => ({
    ...server,
    script: (server.script ?? []).map((change) => ({ ...change, at: change.at - EARLIER })).filter(({ at }) => at >= 0),
  })),
});

const as = (kind: Scenario['kind'], shorten: (model: Model) => Model, all: readonly Simulated[]): readonly Scenario[] =>
  all.map((scenario) => ({
    ...scenario,
    kind,
    model: (load, seed) => shorten(scenario.model(load, seed)),
  }));

export const scenarios: readonly Scenario[] = [
  ...as('speed', shortened, speeds),
  ...as('fault', sooner, faults),
  ...as('overload', shortened, [overload]),
];
