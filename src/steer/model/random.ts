/** A source of numbers in [0, 1): the same seed gives the same numbers. (sfc32, C. Doty-Humphrey's PractRand.) */
export type Random = () => number;

export function random(seed: number): Random {
  let [a, b, c, counter] = [0x9e3779b9, seed | 0, 0x243f6a88, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warm = 0; warm < 16; warm++) next();
  return next;
}

/** The time to the next arrival of a Poisson process, in ms. */
export const untilNext = (draw: Random, perSecond: number): number => (-Math.log(1 - draw()) * 1000) / perSecond;

/** A log-normal time with this mean and standard deviation, in ms. (Box and Muller.) */
export function logNormal(draw: Random, mean: number, deviation: number): number {
  const variance = Math.log(1 + (deviation / mean) ** 2);
  const normal = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  return Math.exp(Math.log(mean) - variance / 2 + Math.sqrt(variance) * normal);
}
