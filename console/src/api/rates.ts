import { KEPT, type Rates, ratesOf, type Sample, take } from '../design/rates.ts';
import type { Service } from '../design/states.ts';

/** They outlive the page that asked for them: whoever comes back sees at once what there was. */
let samples: readonly Sample[] = [];
let rates: Rates = ratesOf(samples);

/** How much each server and service is given in a second, from answers of `/services` that follow each other, `at` ms since 1970. */
export function ratesAt(services: readonly Service[], at: number): Rates {
  if (at > 0 && samples.at(-1)?.at !== at) {
    samples = [...samples.filter((one) => one.at > at - KEPT && one.at < at), take(services, at)];
    rates = ratesOf(samples);
  }
  return rates;
}
