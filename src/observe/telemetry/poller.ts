import { err } from '#lib';
import type { Desired } from '#plan';
import { now } from '#system';

import type { Asked, SecretOf, Source } from './source.ts';
import { feedbackSource } from './sources/feedback.ts';
import { jsonSource } from './sources/json.ts';
import { prometheusSource } from './sources/prometheus.ts';
import { snmpSource } from './sources/snmp.ts';
import { sourceKey, targetsOf, type TelemetryTarget } from './targets.ts';
import type { ServerTelemetry, TelemetryReading } from './types.ts';

/** Reads what servers feel, each at its own interval, and remembers the last answers. */
export type TelemetryPoller = {
  /** Asks the servers of this plan from now on. One whose source stays keeps what it said. */
  follow(desired: Desired): void;
  /** What is known of a server, by `backend/server`; undefined where it has no telemetry. */
  of(key: string): TelemetryReading | undefined;
  /** All that is known, by `backend/server`. */
  readings(): ReadonlyMap<string, TelemetryReading>;
  close(): void;
};

/** Questions are begun so often, ms: together they cost a third of what they would one by one. */
const TICK = 50;

/** Questions under way at one time; the others wait for the next tick. */
const MOST_AT_ONCE = 500;

/** An interval is longer or shorter by up to this part, so that servers are not asked in step. */
const JITTER = 0.05;

/** One source, and the servers that it speaks for. */
type Entry = {
  readonly source: Source;
  readonly interval: number;
  readonly staleAfter: number;
  /** On the clock that never jumps. */
  due: number;
  asking: boolean;
  last: ServerTelemetry | undefined;
  lastAt: number;
  trouble: string | undefined;
  answers: number;
  failures: number;
};

export function pollTelemetry(secretOf: SecretOf): TelemetryPoller {
  let entries = new Map<string, Entry>();
  let servers = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  let underWay = 0;
  let from = 0;

  function tick(): void {
    const time = performance.now();
    const all = [...entries.values()];
    // Where too many are due, those that had to wait come first the next time.
    for (let index = 0; index < all.length; index++) {
      const at = (from + index) % all.length;
      const entry = all[at];
      if (entry === undefined || entry.asking || entry.due > time) continue;
      if (underWay >= MOST_AT_ONCE) {
        from = at;
        return;
      }
      void ask(entry, time);
    }
    from = 0;
  }

  async function ask(entry: Entry, time: number): Promise<void> {
    entry.asking = true;
    underWay += 1;
    const next = entry.due + entry.interval * (1 + JITTER * (2 * Math.random() - 1));
    // What was late is not made up for.
    entry.due = next > time ? next : time + entry.interval;
    // The message of what was thrown may hold parts of what was sent.
    const said = await entry.source.read().catch(() => err('a mistake in Vagus'));
    underWay -= 1;
    entry.asking = false;
    if (said.ok) {
      entry.last = { ...said.value, at: now() };
      entry.lastAt = performance.now();
      entry.trouble = undefined;
      entry.answers += 1;
    } else {
      entry.trouble = said.error;
      entry.failures += 1;
    }
  }

  const readingOf = ({ last, lastAt, staleAfter, trouble, answers, failures }: Entry): TelemetryReading => ({
    last,
    trouble,
    answers,
    failures,
    stale: last === undefined || performance.now() - lastAt > staleAfter,
  });

  return {
    follow(desired) {
      const wanted = targetsOf(desired);
      const kept = new Map<string, Entry>();
      const byServer = new Map<string, Entry>();
      for (const target of wanted) {
        const key = sourceKey(target);
        const entry = kept.get(key) ?? entries.get(key) ?? begin(target, secretOf);
        kept.set(key, entry);
        byServer.set(target.key, entry);
      }
      for (const [key, entry] of entries) if (!kept.has(key)) entry.source.close();
      entries = kept;
      servers = byServer;
      if (kept.size > 0) timer ??= setInterval(tick, TICK).unref();
      else {
        clearInterval(timer);
        timer = undefined;
      }
    },
    of(key) {
      const entry = servers.get(key);
      return entry && readingOf(entry);
    },
    readings: () => new Map([...servers].map(([key, entry]) => [key, readingOf(entry)])),
    close() {
      clearInterval(timer);
      for (const { source } of entries.values()) source.close();
      entries = new Map();
      servers = new Map();
    },
  };
}

function begin(target: TelemetryTarget, secretOf: SecretOf): Entry {
  const { interval, stale } = target.telemetry;
  return {
    source: sourceOf(target, secretOf),
    interval,
    staleAfter: stale,
    // Somewhere within the first interval: a thousand servers are not asked at once.
    due: performance.now() + Math.random() * Math.min(interval, 1_000),
    asking: false,
    last: undefined,
    lastAt: Number.NEGATIVE_INFINITY,
    trouble: undefined,
    answers: 0,
    failures: 0,
  };
}

function sourceOf({ host, port, telemetry }: TelemetryTarget, secretOf: SecretOf): Source {
  const asked = { host, port, telemetry, secretOf };
  switch (telemetry.type) {
    case 'feedback-agent':
      return feedbackSource(asked as Asked<'feedback-agent'>);
    case 'prometheus':
      return prometheusSource(asked as Asked<'prometheus'>);
    case 'http-json':
      return jsonSource(asked as Asked<'http-json'>);
    case 'snmp':
      return snmpSource(asked as Asked<'snmp'>);
  }
}
