export { layoutOf } from './layout.ts';
export type { Layout } from './layout.ts';
export { version } from './version.ts';
export type { Version } from './version.ts';
export { render } from './render/index.ts';
export type { Rendered, RenderOptions } from './render/index.ts';
export { judge } from './judge.ts';
export type { Complaint } from './judge.ts';
export { digestOf, install, installed, keep, prune, stage } from './install.ts';
export { processes } from './processes.ts';
export type { Processes } from './processes.ts';
export { reload, start, stop } from './reload.ts';
export { act } from './live/act.ts';
export { drift, removeLeftovers } from './live/drift.ts';
export { configuredShare, setShares, shareCommands } from './live/shares.ts';
export type { ServerShare } from './live/shares.ts';
export { forgetClients, heldServers, setServerState } from './live/state.ts';
export type { AdministrativeState } from './live/state.ts';
export { endStuckSessions } from './sessions.ts';
export type { DownServer } from './sessions.ts';
export { followEvents, oldSessions, samples, samplesWithWords } from './read.ts';
export type {
  AnswerTimes,
  BackendSample,
  CheckResult,
  EngineEvent,
  FrontendSample,
  Samples,
  ServerSample,
} from './read.ts';
export { checkInWords } from './words.ts';
export { countsReader, tapRequests } from './loads.ts';
export type { Counts, RequestTimes, ServerCounts } from './loads.ts';
