export { carrierOf } from './carrier.ts';
export type { Carrier } from './carrier.ts';
export { backendsOf, compile } from './compile.ts';
export type { Compiled } from './compile.ts';
export type {
  Backend,
  BackendCheck,
  BackendServer,
  BackendServerTls,
  Desired,
  DesiredFile,
  Frontend,
  FrontendRoute,
  FrontendTls,
  Relay,
  RelayDestination,
  RelayServer,
  RelayServerTls,
} from './desired.ts';
export { relayBackendName } from './desired.ts';
export { fileReferences, fileUse, namesInHosts } from './facts.ts';
export type { Facts, FileReference } from './facts.ts';
export { inverse } from './live.ts';
export type { LiveAbilities, LiveAction } from './live.ts';
export { intakeSocketName } from './relay.ts';
export { inOrder } from './standing.ts';
export { serverLabel, stepsBetween } from './steps.ts';
export type { How, Step } from './steps.ts';
