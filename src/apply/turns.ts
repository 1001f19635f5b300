/** Jobs done one after another. Some are held, and finished together once nothing else waits: one reload for all. */
export type Turns<Job> = {
  readonly push: (job: Job) => void;
  /** Does something that no job may overlap. */
  readonly alone: <T>(act: () => Promise<T>) => Promise<T>;
};

/** How many jobs are held at the most before they are finished. */
const MOST_HELD = 50;

/**
 * @param take does a job, or prepares it and returns what is to be held; with `mustHold` others before it are held
 * @param finish ends all that is held
 */
export function inTurns<Job, Held>(
  take: (job: Job, mustHold: boolean) => Promise<Held | undefined>,
  finish: (held: readonly Held[]) => Promise<void>,
): Turns<Job> {
  const waiting: ({ readonly job: Job } | { readonly act: () => Promise<void> })[] = [];
  let isBusy = false;

  async function work(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    while (waiting.length > 0) {
      const next = waiting[0];
      if (next && 'act' in next) {
        waiting.shift();
        await next.act();
      } else await takeAll();
    }
    isBusy = false;
  }

  async function takeAll(): Promise<void> {
    const held: Held[] = [];
    for (let next = waiting[0]; next && 'job' in next && held.length < MOST_HELD; next = waiting[0]) {
      waiting.shift();
      const toHold = await take(next.job, held.length > 0);
      if (toHold !== undefined) held.push(toHold);
    }
    if (held.length > 0) await finish(held);
  }

  return {
    push(job) {
      waiting.push({ job });
      void work();
    },
    alone<T>(act: () => Promise<T>): Promise<T> {
      const { promise, resolve } = Promise.withResolvers<T>();
      waiting.push({
        act: async () => {
          const acting = act();
          resolve(acting);
          await acting.catch(() => undefined);
        },
      });
      void work();
      return promise;
    },
  };
}
