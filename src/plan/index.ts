export { compile } from './compile.ts';
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
} from './desired.ts';
export { fileReferences, namesInHosts } from './facts.ts';
export type { Facts, FileReference } from './facts.ts';
export { serverLabel, stepsBetween } from './steps.ts';
export type { How, Step } from './steps.ts';
