/** A server that takes work, as far as sharing is concerned. Times in ms. */
export type Able = {
  readonly server: string;
  /** How long it takes for an answer; undefined: not known yet. */
  readonly time: number | undefined;
  /** How many requests it works on at once, as far as is known. */
  readonly slots: number;
  readonly isResting: boolean;
};

export type Demand = {
  /** Answers of the pool in a ms. */
  readonly rate: number;
  readonly queued: number;
  /** How well things are seen as they happen, 0–1: less where the tick is long. */
  readonly sight: number;
  /** How many servers may rest. */
  readonly mayRest: number;
};

export type Share = {
  /** A server's own time for an answer, by what is usual in the pool; 1 where it is not known. */
  readonly ratio: number;
  readonly usual: number;
  /** How many requests at once it is needed for. Undefined: as many as it can; 0: it rests. */
  readonly needed: number | undefined;
};

/**
 * From where on a server counts as slow, and until where a resting one does. Closer to 1, and chance alone puts servers to rest; further, and
 * servers of half the speed are used where they need not be.
 */
const SLOW = 1.8;
const STILL_SLOW = 1.6;

/** How much of what the faster servers can do may be used before a slow one is needed too. At 0.8 the tail is worse at 0.7 of capacity; at 0.9 p50 is worse at 0.9. */
const FULL = 0.85;

/** How much of that is given up where nothing can be done for a second about what is seen. */
const BLINDNESS = 0.4;

/**
 * From where on a server is called in by the queue alone: what it could carry is less than what chance adds to the load, and who is sent there times out. Without, a server that leaked
 * until it swapped had six times as many errors at 0.7 of capacity; at 5 and less, servers of a quarter of the speed are sometimes left out where they are needed.
 */
const FAR_TOO_SLOW = 7;

/**
 * How long a request may wait for a faster server, as a part of what the slow one would cost it. The least average would be at 1 (Lin and Kumar's threshold for
 * a slow server); the median pays for it (p50 at 0.9 of capacity, ÷ leastconn's, by an oracle: 1.02 at 0.15, 1.20 at 0.3, 2.4 at 1) and p99 gains little beyond.
 */
const PATIENCE = 0.1;

/** What is usual in the pool: the time of the server at the end of the fastest third. */
export function usualTime(times: readonly number[]): number | undefined {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 3)];
}

/**
 * Which of the slow servers are needed, and how much. It depends on the load: a slow server hurts everybody it gets, and helps only while the
 * faster ones cannot carry the load alone. So slow ones rest, the slowest first, until the load or the queue calls for them.
 */
export function shared(servers: readonly Able[], { rate, queued, sight, mayRest }: Demand): ReadonlyMap<string, Share> {
  const usual = usualTime(servers.flatMap(({ time }) => time ?? []));
  if (usual === undefined)
    return new Map(servers.map(({ server }) => [server, { ratio: 1, usual: 0, needed: undefined }]));
  const sorted = servers
    .map((each) => ({ ...each, time: each.time ?? usual, ratio: (each.time ?? usual) / usual }))
    .toSorted((a, b) => a.time - b.time);
  const firstToRest = sorted.length - mayRest;
  // Answers in a ms that the servers so far can give.
  let capacity = 0;
  const shares = sorted.map(({ server, time, ratio, slots, isResting }, index) => {
    const isSlow = ratio > (isResting ? STILL_SLOW : SLOW);
    const wait = queued / Math.max(capacity, 1e-9);
    const lacking = (rate / (FULL * (1 - BLINDNESS * (1 - sight))) - capacity) * time;
    const isSpare = isSlow && index >= firstToRest && wait < PATIENCE * (time - usual);
    const needed = !isSpare ? Infinity : ratio > FAR_TOO_SLOW ? 0 : Math.max(0, Math.round(lacking));
    capacity += Math.min(needed, slots) / time;
    return [server, { ratio, usual, needed: needed < slots ? needed : undefined }] as const;
  });
  return new Map(shares);
}
