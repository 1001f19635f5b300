import { useEffect, useState } from 'react';

import { KEPT, type Rates, ratesOf, type Sample, take } from '../design/rates.ts';
import type { Service } from '../design/states.ts';

/** How much each server and service is given in a second, from answers of `/services` that follow each other. */
export function useRates(services: readonly Service[], at: number): Rates {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => {
    if (at > 0)
      setSamples((before) => [...before.filter((one) => one.at > at - KEPT && one.at < at), take(services, at)]);
  }, [services, at]);
  return ratesOf(samples);
}
