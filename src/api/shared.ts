import type { Result } from '#lib';
import type { RouteName } from '#api/contract';

import type { Refused } from './problem.ts';

/** What consoles and screens ask for every second, and is long on a large site. It depends on nothing but what may be read. */
const SHARED: ReadonlySet<RouteName> = new Set(['services']);

export const isShared = (name: RouteName): boolean => SHARED.has(name);

/** How long an answer is new enough for whoever asks next, ms: half of how often one reader asks. */
const NEW = 500;

type Text = Promise<Result<string, Refused>>;

/** Answers that are made once for all who ask at nearly the same time and may read the same. */
export type Shared = {
  /** `scope`: what may be read; whoever has the same gets the same text. */
  readonly textFor: (scope: string, make: () => Text) => Text;
  /** Something has changed: nobody is told any more how it was. */
  readonly forget: () => void;
};

export function createShared(now: () => number): Shared {
  const kept = new Map<string, { readonly at: number; readonly text: Text }>();
  return {
    textFor(scope, make) {
      for (const [each, { at }] of kept) if (now() - at >= NEW) kept.delete(each);
      const one = kept.get(scope) ?? { at: now(), text: make() };
      kept.set(scope, one);
      return one.text;
    },
    forget: () => kept.clear(),
  };
}
