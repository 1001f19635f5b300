import { type Result, ok, type Fault } from '#lib';
import {
  type AuditEntry,
  auditEntries,
  auditHead,
  auditTrail,
  type EventFilter,
  newestEvents,
  type Store,
  type StoredEvent,
  verifyAudit,
} from '#store';

import type { Gate } from '../gate.ts';
import type { Context, Handlers } from '../handler.ts';
import { metricsText } from '../metrics.ts';
import { steeredPools } from '../steering.ts';
import type { Streams } from '../stream.ts';

type Means = {
  readonly openapi: object;
  readonly streams: Streams;
  readonly gate: Gate;
};

export const recordHandlers = ({ openapi, streams, gate }: Means) =>
  ({
    openapi: () => ok(openapi as Readonly<Record<string, unknown>>),
    async controller(_, { ports }) {
      const { pid, version, engine, startedAt, edited } = ports.controller();
      const { revision, state, confirmBy, desired, file } = ports.changes.inForce();
      const { reloads, oldWorkers } = await ports.workers();
      const { site } = desired;
      return ok({
        pid,
        version,
        engine,
        site,
        startedAt,
        revision,
        state,
        confirmBy,
        file,
        edited,
        reloads,
        oldWorkers,
      });
    },
    events({ query }, { identity, lastEventId }) {
      const after = lastEventId === undefined ? query.lastEventId : Number(lastEventId);
      return ok((response) => streams.open(response, () => gate.readerNow(identity), after));
    },
    pastEvents: ({ query }, { ports, may }) => eventsFor(ports.store, query, may),
    audit({ query }, { ports }) {
      const found = auditEntries(ports.store, query);
      return found.ok ? ok(found.value.map(entryAnswer)) : found;
    },
    async auditVerify(_, { ports }) {
      const verdict = await verifyAudit(ports.store);
      if (!verdict.ok) return verdict;
      if (verdict.value.intact) {
        return ok({ intact: true, entries: verdict.value.entries, head: verdict.value.head.hash });
      }
      const head = auditHead(ports.store);
      const { at, why } = verdict.value;
      return ok({ intact: false, entries: head.ok ? head.value.entries : at, brokenAt: at, why });
    },
    auditExport: (_, { ports }) => ok(exported(ports.store)),
    metrics: (_, context) => scrape(context),
  }) satisfies Partial<Handlers>;

/** As many as are read from the store at a time. */
const PAGE = 500;

/** The newest events that match, of those that the asker may see. */
function eventsFor(store: Store, filter: EventFilter, may: Context['may']): Result<readonly StoredEvent[], Fault> {
  const found: StoredEvent[] = [];
  for (let { before } = filter; ;) {
    const page = newestEvents(store, { ...filter, before, limit: PAGE });
    if (!page.ok) return page;
    found.push(...page.value.filter(({ service }) => may(service)));
    before = page.value.at(-1)?.id;
    if (found.length >= filter.limit || page.value.length < PAGE) return ok(found.slice(0, filter.limit));
  }
}

/** The whole audit as lines of JSON, read as fast as it is taken. */
function exported(store: Store): ReadableStream<Uint8Array> {
  const trail = auditTrail(store);
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull(controller) {
      const next = trail.next();
      if (next.done === true) controller.close();
      else if (!next.value.ok) controller.error(next.value.error);
      else controller.enqueue(encoder.encode(`${JSON.stringify(entryAnswer(next.value.value))}\n`));
    },
  });
}

const entryAnswer = ({ seq, at, by, action, subject, outcome, detail, hash }: AuditEntry) => ({
  number: seq,
  at,
  by,
  action,
  subject,
  outcome,
  detail: (detail ?? {}) as Readonly<Record<string, unknown>>,
  hash,
});

async function scrape({ ports }: Context): Promise<Result<string, Fault>> {
  const { desired, revision } = ports.changes.inForce();
  const numbers = await ports.numbers(desired);
  const look = await ports.relay.look();
  // Where nothing is relayed there need be no relay.
  const relay = look.ok || desired.relays.length > 0 ? look : undefined;
  const { user, system } = process.cpuUsage();
  const own = {
    revision,
    startTime: ports.controller().startedAt / 1_000,
    cpuSeconds: (user + system) / 1_000_000,
    residentBytes: process.memoryUsage.rss(),
  };
  return ok(await metricsText(own, numbers.ok ? numbers.value : undefined, steeredPools(ports), relay));
}
