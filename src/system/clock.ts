import { setImmediate as after, setTimeout as delay } from 'node:timers/promises';

/** Milliseconds since 1970. */
export const now = (): number => Date.now();

/** Resolves after `milliseconds`. */
export const pause = (milliseconds: number): Promise<void> => delay(milliseconds);

/** Resolves when what else there is to do had its turn: between the parts of something long. */
export const turn = (): Promise<void> => after();

/** Asks `question` every `every` ms until it answers something other than undefined, or `within` ms have passed. */
export async function poll<T>(
  question: () => Promise<T | undefined> | T | undefined,
  { every, within }: { readonly every: number; readonly within: number },
): Promise<T | undefined> {
  const deadline = now() + within;
  for (;;) {
    const answer = await question();
    if (answer !== undefined) return answer;
    if (now() >= deadline) return undefined;
    await pause(every);
  }
}
