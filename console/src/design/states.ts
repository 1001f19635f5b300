import type { Answer, routes } from '#api/contract';

type Services = Answer<(typeof routes)['services']>['services'];
export type Service = Services[number];
export type Pool = Service['pools'][number];
export type Server = Pool['servers'][number];

/** What a state means to whoever looks at it: it decides on colour and shape. */
export type Tone = 'good' | 'doubtful' | 'bad' | 'apart' | 'unknown';

export type Shown = { readonly tone: Tone; readonly word: string };

const VERDICTS: Readonly<Record<Service['verdict'], Shown>> = {
  up: { tone: 'good', word: 'Up' },
  degraded: { tone: 'doubtful', word: 'Degraded' },
  down: { tone: 'bad', word: 'Down' },
};

const STATES: Readonly<Record<Server['state'], Shown>> = {
  up: { tone: 'good', word: 'Up' },
  failing: { tone: 'doubtful', word: 'Failing' },
  rising: { tone: 'doubtful', word: 'Coming up' },
  down: { tone: 'bad', word: 'Down' },
  unresolved: { tone: 'bad', word: 'No address' },
  drain: { tone: 'apart', word: 'Draining' },
  maint: { tone: 'apart', word: 'Maintenance' },
};

const TREATMENTS: Readonly<Record<NonNullable<Server['steering']>['treatment'], Shown | undefined>> = {
  in: undefined,
  down: undefined,
  // Nothing is wrong where a slow server rests while the others can carry the load.
  resting: { tone: 'apart', word: 'Resting' },
  returning: { tone: 'apart', word: 'Returning' },
  trial: { tone: 'doubtful', word: 'On trial' },
  out: { tone: 'doubtful', word: 'Steered away' },
};

/** A server that is up counts as steered where steering keeps new work from it. */
export function serverShown({ state, steering }: Pick<Server, 'state' | 'steering'>): Shown {
  const steered = state === 'up' && steering?.mode === 'on' ? TREATMENTS[steering.treatment] : undefined;
  return steered ?? STATES[state];
}

type Judged = Pick<Service, 'verdict' | 'pools'>;

/** What is asked of the same answer by the row, the counts, the filter and the picture. */
const judged = new WeakMap<Judged, Shown>();

/** A service whose servers were taken out by people, or rest, is not degraded by anything that is wrong. */
export function serviceShown(service: Judged): Shown {
  const known = judged.get(service) ?? judge(service);
  judged.set(service, known);
  return known;
}

function judge({ verdict, pools }: Judged): Shown {
  if (verdict === 'down') return VERDICTS.down;
  const servers = pools.flatMap((pool) => pool.servers).map(serverShown);
  if (servers.some(({ tone }) => tone === 'bad' || tone === 'doubtful')) return VERDICTS.degraded;
  if (servers.some(({ tone }) => tone === 'apart')) return { tone: 'apart', word: 'Up, in part' };
  return VERDICTS[verdict];
}
