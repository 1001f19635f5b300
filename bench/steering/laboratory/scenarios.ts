import type { Model } from '#steer';

import { faults, overload, type Scenario as Simulated, speeds } from '../simulate/scenarios.ts';

/** What is measured on real HAProxy: a scenario of the simulation, in less time. */
export type Scenario = Simulated & {
  readonly kind: 'speed' | 'fault' | 'overload' | 'harm';
  readonly upset?: Upset;
};

/** What befalls those who steer, at times of the model's clock, ms. */
export type Upset = {
  /** What the agent of each server says, from when on; undefined: it is gone. */
  readonly agents?: readonly (readonly Said[])[];
  /** When the controller is killed. */
  readonly killed?: number;
};

export type Said = { readonly at: number; readonly line: string | undefined };

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

const [movesSlowly, allEqual] = ['slow third moves every 10 s', 'all equal'].map(
  (name) => speeds.find((scenario) => scenario.name === name) ?? speeds[0]!,
) as [Simulated, Simulated];

const HALF_WAY = 25_000;
const SERVERS = Array.from({ length: 6 }, (_, index) => index);
const always = (line: string): readonly Said[] => [{ at: 0, line }];
const FLAPPING = Array.from({ length: LONG.duration / 2_000 }, (_, turn): Said => {
  return { at: turn * 2_000, line: turn % 2 === 0 ? '10%' : '100%' };
});
const ENDING: readonly Said[] = [...always('100%'), { at: HALF_WAY, line: undefined }];

const harmed = (name: string, { model }: Simulated, upset: Upset): Scenario => ({
  name,
  kind: 'harm',
  loads: [0.7],
  model: (load, seed) => shortened(model(load, seed)),
  target: [1.05],
  upset,
});

/** What must never make it worse than without steering. */
const harms: readonly Scenario[] = [
  harmed('an agent lies: 10 % for a healthy server', allEqual, {
    agents: SERVERS.map((index) => always(index === 0 ? '10%' : '100%')),
  }),
  harmed('two agents flap each 2 s', allEqual, {
    agents: SERVERS.map((index) => (index < 2 ? FLAPPING : always('100%'))),
  }),
  harmed('all agents end half-way', movesSlowly, { agents: SERVERS.map(() => ENDING) }),
  harmed('the controller is killed half-way', movesSlowly, { killed: HALF_WAY }),
];

export const scenarios: readonly Scenario[] = [
  ...as('speed', shortened, speeds),
  ...as('fault', sooner, faults),
  ...as('overload', shortened, [overload]),
  ...harms,
];
