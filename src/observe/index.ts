export { health } from './health.ts';
export type {
  Health,
  PoolHealth,
  ServerHealth,
  ServerState,
  ServiceHealth,
  TelemetryHealth,
  TelemetryOf,
  Verdict,
} from './health.ts';
export { watch } from './watch.ts';
export { noticeOf } from './events.ts';
export type { Notice } from './events.ts';
export { readTarget } from './probe/target.ts';
export type { ProbeTarget } from './probe/target.ts';
export { probe } from './probe/probe.ts';
export type { ProbeOptions, ProbeReport } from './probe/probe.ts';
export type { ProbeStep } from './probe/session.ts';
export { certificatesIn } from './certificates.ts';
export type { CertificateInUse } from './certificates.ts';
export { createFeed } from './feed.ts';
export type { Feed, FeedEvent } from './feed.ts';
export { numbers, workers } from './numbers.ts';
export type { Numbers, ServerNumbers, Workers } from './numbers.ts';
export { between } from './history/between.ts';
export { historyOver } from './history/history.ts';
export type { HistorySeries, ServerHistory, ServiceHistory } from './history/history.ts';
export { joinedAll, readPoints, writePoints } from './history/point.ts';
export { addToSlots, RANGES, slotsOf } from './history/slots.ts';
export type { HistoryRange, Slotted } from './history/slots.ts';
export { addTimes, classOf } from './history/times.ts';
export type { Times } from './history/times.ts';
export { relayNotice } from './relay-events.ts';
export { withRelay } from './relay.ts';
export type { Engines } from './relay.ts';
export { traffic } from './traffic.ts';
export type { Traffic } from './traffic.ts';
export { pollTelemetry } from './telemetry/poller.ts';
export type { TelemetryPoller } from './telemetry/poller.ts';
export type { SecretOf } from './telemetry/source.ts';
export type { PoolLoad, ServerLoad, ServerTelemetry, TelemetryReading } from './telemetry/types.ts';
export { observeLoads } from './telemetry/loads.ts';
export type { LoadObserver } from './telemetry/loads.ts';
