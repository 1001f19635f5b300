import { openAssociation } from '#demo';

import { type Feed, openFeed } from './hl7.ts';

/** Something that works all the time beside a test, one piece after another, without ever trying anything twice. */
export type Steady = {
  /** How often it has succeeded. */
  readonly done: () => number;
  /** What failed, when and how: `at` in ms of the clock. */
  readonly failures: () => readonly { readonly at: number; readonly why: string }[];
  /** Finishes what is under way, and takes leave in order. */
  readonly stop: () => Promise<void>;
};

/** Milliseconds between one piece of work and the next. */
const REST = 20;

/** An association that is opened once and exchanges C-ECHOs until it is released. */
export async function steadyAssociation(port: number, calling: string): Promise<Steady> {
  const opened = await openAssociation({ host: '127.0.0.1', port, called: 'PACS', calling });
  if (!opened.ok) throw new Error(`${calling}: ${opened.error}`);
  const association = opened.value;
  return steadily({
    async work() {
      const echoed = await association.echo();
      return echoed.ok ? undefined : `${calling}: C-ECHO: ${echoed.error}`;
    },
    async leave() {
      const released = await association.release();
      return released.ok ? undefined : `${calling}: release: ${released.error}`;
    },
  });
}

/** One connection over which numbered messages are sent, each once the one before was acknowledged. */
export async function steadyFeed(port: number, sender: string): Promise<Steady & { readonly sent: () => string[] }> {
  const feed: Feed = await openFeed(port);
  const sent: string[] = [];
  const steady = steadily({
    async work() {
      const controlId = `${sender}-${sent.length + 1}`;
      sent.push(controlId);
      const answer = await feed.send(controlId);
      if (answer?.code === 'AA' && answer.controlId === controlId) return undefined;
      return `${controlId}: ${answer === undefined ? 'the connection was cut' : JSON.stringify(answer)}`;
    },
    async leave() {
      await feed.close();
      return undefined;
    },
  });
  return { ...steady, sent: () => sent };
}

type Worker = {
  /** Why it failed; undefined where it did not. */
  readonly work: () => Promise<string | undefined>;
  readonly leave: () => Promise<string | undefined>;
};

function steadily({ work, leave }: Worker): Steady {
  const failures: { at: number; why: string }[] = [];
  const note = (why: string | undefined): boolean => {
    if (why !== undefined) failures.push({ at: Date.now(), why });
    return why === undefined;
  };
  let done = 0;
  const stopping = new AbortController();
  async function keepWorking(): Promise<void> {
    // After a failure there is no connection any more.
    while (!stopping.signal.aborted && note(await work())) {
      done += 1;
      await new Promise((resolve) => void setTimeout(resolve, REST));
    }
  }
  const working = keepWorking();
  return {
    done: () => done,
    failures: () => failures,
    async stop() {
      stopping.abort();
      await working;
      if (failures.length === 0) note(await leave());
    },
  };
}
