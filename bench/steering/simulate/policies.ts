import { type Chooser, lawful as lawWith, type Policy, type SteeringLimits, type TrueServer } from '#steer';

/** What runs beside leastconn: a policy that acts at ticks, or one that chooses for every request by what only the model knows. */
export type Contender = { readonly name: string; readonly policy?: () => Policy; readonly chooser?: Chooser };

const LIMITS: SteeringLimits = { mode: 'on', floor: 0.1, mostOut: 0.5, slowStart: 10_000, findLimits: true };

/** The law as it is in the product, with a field of its limits changed. */
export const lawful = (tick: number, change: Partial<SteeringLimits> = {}): Policy =>
  lawWith(tick, { ...LIMITS, ...change });

/** Late binding alone, with the number of workers told. */
const lateBinding: Policy = {
  tick: 1000,
  act: ({ servers }) => servers.map(({ server }) => ({ server, weight: 100, limit: 4 })),
};

/** Weights from CPU each second, as feedback agents give them. */
const byCpu: Policy = {
  tick: 1000,
  act: ({ servers }) =>
    servers.map(({ server, cpu }) => ({ server, weight: Math.max(1, Math.round(100 * (1 - cpu))), limit: undefined })),
};

const indices = (servers: readonly TrueServer[], able: (server: TrueServer) => boolean): number[] =>
  [...servers.keys()].filter((index) => able(servers[index]!));

const least = (among: readonly number[], value: (index: number) => number): number =>
  among.reduce((best, index) => (best < 0 || value(index) < value(best) ? index : best), -1);

/** Prequal's rule with three fresh probes for every request: of the servers with few requests the quickest, else the one with the fewest. */
const prequal: Chooser = (servers, _waiting, draw) => {
  const inFlight = (index: number): number => servers[index]!.inFlight;
  const latency = (index: number): number => {
    const { lately } = servers[index]!;
    return lately.toSorted((a, b) => a - b)[lately.length >> 1] ?? 0;
  };
  const all = indices(servers, ({ up }) => up);
  const hot = all.map(inFlight).toSorted((a, b) => a - b)[Math.floor(all.length * 0.6)] ?? 0;
  const probed = all.toSorted(() => draw() - 0.5).slice(0, 3);
  const cold = probed.filter((index) => inFlight(index) <= hot);
  return cold.length > 0 ? least(cold, latency) : least(probed, inFlight);
};

const hasWorker = ({ up, failing, speed, inFlight, model }: TrueServer): boolean =>
  up && failing === 0 && speed > 0 && inFlight < model.workers;

/** Knows the true speeds: the fastest server with a free worker, at once. */
const greedy: Chooser = (servers) =>
  least(indices(servers, hasWorker), (index) => -servers[index]!.speed + servers[index]!.inFlight / 1000);

/** The same, but rather waits for a fast one while that is sooner by far (0.15 of what the slow one costs). */
export const patient: Chooser = (servers, waiting, draw) => {
  const chosen = greedy(servers, waiting, draw);
  const server = servers[chosen];
  if (server === undefined) return -1;
  const fastest = Math.max(...servers.map(({ speed }) => speed));
  const faster = servers.reduce((sum, { speed, model }) => sum + (speed > server.speed ? speed * model.workers : 0), 0);
  const wait = waiting / Math.max(faster, 1e-9);
  return server.speed < fastest && wait < 0.15 * (1 / server.speed - 1 / fastest) ? -1 : chosen;
};

export const contenders: readonly Contender[] = [
  { name: 'law, each 100 ms', policy: () => lawful(100) },
  { name: 'law, each 250 ms', policy: () => lawful(250) },
  { name: 'law, each second', policy: () => lawful(1000) },
  { name: 'law, weights and rest only', policy: () => lawful(100, { findLimits: false }) },
  { name: 'law, nobody rests', policy: () => lawful(100, { mostOut: 0 }) },
  { name: 'late binding only (limit told)', policy: () => lateBinding },
  { name: 'weights from CPU, each second', policy: () => byCpu },
  { name: 'Prequal, q = 0.6', chooser: prequal },
  { name: 'oracle, greedy', chooser: greedy },
  { name: 'oracle, patient', chooser: patient },
];
