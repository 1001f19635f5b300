import type { AcknowledgementCode } from '#protocols';

/** Where the buckets of a histogram of latencies end, ms; one more has what took longer. */
export const LATENCY_BOUNDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;

/** How long acknowledgements took: how many by bucket, and the sum in ms. */
export type Latency = { readonly buckets: number[]; sum: number };

/** Acknowledgements by their code (MSA-1). */
export type Codes = Record<AcknowledgementCode, number>;

/** What a service has done since the relay started. */
export type ServiceCounters = {
  /** Connections of senders, those of now and all. */
  senders: number;
  accepted: number;
  /** Messages that came whole. */
  received: number;
  /** Acknowledgements passed on to senders. */
  readonly answered: Codes;
  /** Messages that were stored, those that were known again and not stored twice, and those that were given up. */
  stored: number;
  repeated: number;
  dead: number;
  /** Messages that the relay itself refused, because of what they are, or for want of a server. */
  refused: number;
  unserved: number;
  /** Messages of which it is not known what became of them. */
  unknown: number;
  /** Messages that may have been handled twice, because duplicates are tolerated. */
  sentAgain: number;
  /** Messages whose acknowledgement came when nobody waited for it any more. */
  unheard: number;
  /** Connections that were closed because of what was sent on them, or that ended within a message. */
  unreadable: number;
  cut: number;
};

/** What a server has done since the relay started. */
export type ServerCounters = {
  sent: number;
  readonly answered: Codes;
  unknown: number;
  /** Connections that could not be made. */
  unreachable: number;
  /** Acknowledgements of messages that were not waited for. */
  strays: number;
  readonly latency: Latency;
};

const noCodes = (): Codes => ({ AA: 0, AE: 0, AR: 0, CA: 0, CE: 0, CR: 0 });

export const serviceCounters = (): ServiceCounters => ({
  senders: 0,
  accepted: 0,
  received: 0,
  answered: noCodes(),
  stored: 0,
  repeated: 0,
  dead: 0,
  refused: 0,
  unserved: 0,
  unknown: 0,
  sentAgain: 0,
  unheard: 0,
  unreadable: 0,
  cut: 0,
});

export const serverCounters = (): ServerCounters => ({
  sent: 0,
  answered: noCodes(),
  unknown: 0,
  unreachable: 0,
  strays: 0,
  latency: { buckets: Array.from({ length: LATENCY_BOUNDS.length + 1 }, () => 0), sum: 0 },
});

/** Counts one more latency, ms. */
export function addLatency(latency: Latency, milliseconds: number): void {
  const found = LATENCY_BOUNDS.findIndex((bound) => milliseconds <= bound);
  const bucket = found < 0 ? LATENCY_BOUNDS.length : found;
  latency.buckets[bucket] = (latency.buckets[bucket] ?? 0) + 1;
  latency.sum += milliseconds;
}
