import { logNormal, random, untilNext } from './random.ts';
import { newRequest, type Request } from './server.ts';
import type { ClassModel, Model } from './types.ts';

export const ONE_CLASS: readonly ClassModel[] = [{ name: 'all', share: 1, rank: 0 }];

/** Every request of a run as it arrives, with what it costs: by the seed alone, whatever becomes of those before it. It does not end. */
export function* arrivalsOf({ seed, rate, classes = ONE_CLASS, service }: Model): Generator<Request, never, void> {
  const arrivals = random(seed * 2 + 1);
  const draws = random(seed * 2 + 2);
  const rateAt = typeof rate === 'function' ? rate : (): number => rate;
  let at = untilNext(arrivals, rateAt(0));
  for (let id = 0; ; id++) {
    yield newRequest({
      id,
      at,
      class: classOf(classes, draws()),
      work: logNormal(draws, service.mean, service.deviation),
      luck: draws(),
    });
    at += untilNext(arrivals, rateAt(at));
  }
}

function classOf(classes: readonly ClassModel[], drawn: number): number {
  let left = drawn;
  return Math.max(
    0,
    classes.findIndex(({ share }) => (left -= share) < 0),
  );
}
