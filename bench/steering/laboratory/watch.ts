import { exchange, pause } from '#system';

/** What HAProxy had in force at times of the model's clock: weights in percent, and limits, in the order of the servers. */
export type Watched = readonly {
  readonly at: number;
  readonly weights: readonly number[];
  /** null: none. */
  readonly limits: readonly (number | null)[];
}[];

const EVERY = 100;

/** Looks at HAProxy's weights and limits until told to end. */
export function watchServers(statsSocket: string, startsAt: number): { end(): Promise<Watched> } {
  const seen: Watched[number][] = [];
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const answer = await exchange(statsSocket, 'show stat -1 4 -1\n', 1_000);
      if (answer.ok) seen.push({ at: Date.now() - startsAt, ...inForce(answer.value) });
      await pause(EVERY);
    }
  })();
  return {
    async end() {
      ending.abort();
      await watching;
      return seen;
    },
  };
}

function inForce(csv: string): Omit<Watched[number], 'at'> {
  const [header = '', ...lines] = csv.replace(/^# /, '').trim().split('\n');
  const columns = header.split(',');
  const rows = lines.map((line) => line.split(',')).filter(([backend]) => backend === 'pool');
  const value = (row: readonly string[], name: string): string => row[columns.indexOf(name)] ?? '';
  return {
    weights: rows.map((row) => Number(value(row, 'weight'))),
    limits: rows.map((row) => (value(row, 'slim') === '' ? null : Number(value(row, 'slim')))),
  };
}
