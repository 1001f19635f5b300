/** Lets so many through in a second, evenly, and a tenth of a second’s worth at once. */
export type Bucket = {
  /** 0 where one may go now, and it counts as gone; else how long to wait, ms. */
  take(): number;
  /** How many in a second; undefined: any number. */
  setRate(rate: number | undefined): void;
};

/** The part of a second whose share may go at once. */
const BURST = 0.1;

/** `now`: ms of a clock that never goes back. */
export function openBucket(now: () => number): Bucket {
  let rate: number | undefined;
  let tokens = 1;
  let last = now();
  return {
    take() {
      if (rate === undefined) return 0;
      const at = now();
      tokens = Math.min(Math.max(1, rate * BURST), tokens + ((at - last) * rate) / 1_000);
      last = at;
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1_000) / rate);
      tokens -= 1;
      return 0;
    },
    setRate: (next) => void (rate = next),
  };
}
