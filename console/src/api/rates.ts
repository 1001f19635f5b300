import { useMemo, useState } from 'react';

import { KEPT, type Rates, ratesOf, type Sample, take } from '../design/rates.ts';
import type { Service } from '../design/states.ts';

/** How much each server and service is given in a second, from answers of `/services` that follow each other. */
export function useRates(services: readonly Service[], at: number): Rates {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  // While rendering and not after it, so that no answer is drawn twice: first with the rates of the one before.
  if (at > 0 && samples.at(-1)?.at !== at)
    setSamples([...samples.filter((one) => one.at > at - KEPT && one.at < at), take(services, at)]);
  return useMemo(() => ratesOf(samples), [samples]);
}
