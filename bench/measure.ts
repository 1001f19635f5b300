/** What one round of work gave. */
export type Sample = {
  /** Units of work per second of the clock. */
  readonly perSecond: number;
  /** Units of work per second of the proxy's processor time; undefined where there is no proxy. */
  readonly perCpuSecond?: number;
};

/** One of those who do the same work side by side. */
export type Contender = { readonly name: string; readonly round: () => Promise<Sample> };

/** The samples of each contender, round by round. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

/**
 * Lets each contender do one round after the other, `rounds` times, in turns of alternating order: what disturbs the machine for
 * a while disturbs all alike, and nobody is always the one after the same neighbour. One round more, the first, is not counted.
 */
export async function alternate(
  contenders: readonly Contender[],
  rounds: number,
  say: (text: string) => void,
): Promise<Samples> {
  const samples = new Map(contenders.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const { name, round: work } of order) {
      const sample = await work();
      if (round > 0) samples.get(name)?.push(sample);
    }
    say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
  }
  return samples;
}

/** The middle of some values, and the middle half of them. */
export type Spread = { readonly median: number; readonly low: number; readonly high: number };

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) };
}

function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}

/** One contender divided by another, round by round: only what was measured side by side is compared. */
export function ratio(samples: Samples, over: string, under: string, by: keyof Sample): Spread {
  const [a, b] = [column(samples, over, by), column(samples, under, by)];
  return spread(a.map((value, round) => value / (b[round] ?? Number.NaN)));
}

/** The median of a contender by itself, for a figure's small print. */
export const typical = (samples: Samples, name: string, by: keyof Sample): number =>
  spread(column(samples, name, by)).median;

const column = (samples: Samples, name: string, by: keyof Sample): readonly number[] =>
  (samples.get(name) ?? []).map((sample) => sample[by] ?? Number.NaN);
