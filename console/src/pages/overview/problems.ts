import type { Answer, routes } from '#api/contract';

import type { Place } from '../../acting/place.ts';
import { count, spanInWords } from '../../design/numbers.ts';
import { type Pool, type Server, serverShown, type Service, type Shown, type Tone } from '../../design/states.ts';

type Controller = Answer<(typeof routes)['controller']>;
type Certificate = Answer<(typeof routes)['certificates']>[number];

/** Something that somebody should know of, the worst first. */
export type Problem = {
  readonly key: string;
  readonly shown: Shown;
  /** What it is about: `pacs/pacs1`. */
  readonly subject: string;
  readonly service: string | undefined;
  /** What is wrong. */
  readonly words: string;
  /** What it means, and what is safe. */
  readonly meaning: string;
  /** Nobody serves: before everything else. */
  readonly isOutage?: boolean;
  /** Seconds. */
  readonly since: number | undefined;
  /** The server, where it is about one. */
  readonly place?: Place;
};

/** The lower, the worse. */
const RANK: Readonly<Record<Tone, number>> = { bad: 0, doubtful: 1, unknown: 2, apart: 3, good: 4 };
const DAY = 86_400_000;

/** A certificate that ends sooner than this is a problem, ms. */
const SOON = 21 * DAY;

/** Everything that is not as it should be, the worst first. */
export function problemsOf(
  services: readonly Service[],
  controller: Controller | undefined,
  certificates: readonly Certificate[],
  now: number,
): readonly Problem[] {
  return [
    ...services.flatMap((service) => service.pools.flatMap((pool) => problemsIn(service, pool))),
    ...(controller ? problemsWith(controller, now) : []),
    ...certificates.filter(({ notAfter }) => notAfter - now < SOON).map((certificate) => ending(certificate, now)),
  ].toSorted((a, b) => rankOf(a) - rankOf(b) || (a.since ?? 0) - (b.since ?? 0));
}

const rankOf = ({ shown: { tone }, isOutage = false }: Problem): number => (isOutage ? -1 : RANK[tone]);

function problemsIn(service: Service, pool: Pool): readonly Problem[] {
  const servers = pool.servers.flatMap((server): Problem[] => {
    const shown = serverShown(server);
    if (shown.tone === 'good') return [];
    return [
      {
        key: server.label,
        shown,
        subject: server.label,
        service: service.name,
        words: wordsOf(server),
        meaning: meaningOf(server, pool, service),
        isOutage: shown.tone === 'bad' && !pool.servers.some(isServing),
        since: server.since,
        place: { service: service.name, pool: pool.name, server },
      },
    ];
  });
  const waiting = pool.queued + pool.servers.reduce((sum, { queued }) => sum + queued, 0);
  return waiting === 0 ? servers : [...servers, queueOf(service, pool, waiting)];
}

function wordsOf({ why, state, override, steering }: Server): string {
  if (override && (state === 'drain' || state === 'maint')) {
    return `by ${override.by}${override.why === undefined ? '' : `: ${override.why}`}`;
  }
  return state === 'up' && steering ? steering.words : why;
}

function meaningOf(server: Server, pool: Pool, service: Service): string {
  const serving = pool.servers.filter((other) => other !== server && isServing(other));
  const where = service.pools.length > 1 ? `${service.name}/${pool.name}` : service.name;
  if (server.state === 'up') return 'It is well by its checks, and gets new work again as soon as it answers well.';
  if (isServing(server)) return 'It still gets new work; a check or two will tell.';
  if (serving.length === 0) return `Nobody serves ${where} now.`;
  const names =
    serving.length <= 3 ? serving.map(({ name }) => name).join(', ') : count(serving.length, 'other server');
  return `${names} ${serving.length === 1 ? 'carries' : 'carry'} its work.`;
}

const isServing = ({ state }: Server): boolean => state === 'up' || state === 'failing';

const queueOf = ({ name }: Service, pool: Pool, waiting: number): Problem => ({
  key: `queue ${name}/${pool.name}`,
  shown: { tone: 'doubtful', word: 'Queue' },
  subject: pool.name === 'default' ? name : `${name}/${pool.name}`,
  service: name,
  words: `${waiting.toLocaleString('en')} waiting`,
  meaning: 'Every server that serves is at its limit.',
  since: undefined,
});

function problemsWith({ state, revision, confirmBy, edited, file }: Controller, now: number): readonly Problem[] {
  const about = { service: undefined, since: undefined };
  const unconfirmed: Problem[] =
    state === 'unconfirmed' && confirmBy !== undefined
      ? [
          {
            ...about,
            key: 'unconfirmed',
            shown: { tone: 'doubtful', word: 'Unconfirmed' },
            subject: `Revision ${revision}`,
            words: `it is taken back in ${spanInWords((confirmBy - now) / 1_000)} unless somebody confirms it`,
            meaning: 'Confirm it under Changes, or let it be.',
          },
        ]
      : [];
  if (!edited) return unconfirmed;
  const shown = { tone: 'doubtful', word: 'Edited' } as const;
  const name = file.split('/').at(-1) ?? file;
  const words = 'what stands in it is not what is in force';
  return [
    ...unconfirmed,
    { ...about, key: 'edited', shown, subject: name, words, meaning: 'Apply it, or put the file back.' },
  ];
}

function ending({ file, subject, services, notAfter }: Certificate, now: number): Problem {
  const isOver = notAfter <= now;
  return {
    key: `certificate ${file}`,
    shown: isOver ? { tone: 'bad', word: 'Expired' } : { tone: 'doubtful', word: 'Expires' },
    subject: subject.replace(/^CN ?= ?/, ''),
    service: services[0],
    words: isOver
      ? 'its certificate has expired'
      : `its certificate expires in ${spanInWords((notAfter - now) / 1_000)}`,
    meaning: `Used by ${services.join(', ') || 'nobody'}. A new file beside the spec is taken over live.`,
    since: undefined,
  };
}
