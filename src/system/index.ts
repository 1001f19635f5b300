export { run } from './run.ts';
export type { Ran, RunOptions } from './run.ts';
export {
  exists,
  linkAtomically,
  linkTarget,
  list,
  makeDirectory,
  readText,
  remove,
  rename,
  shareDirectory,
  writeAtomically,
  writeTree,
} from './files.ts';
export { exchange, follow, listenAt, socketPath, tap } from './sockets.ts';
export type { Listening } from './sockets.ts';
export { now, pause, poll, turn } from './clock.ts';
export { faultPoint } from './fault-point.ts';
export { startCompanion } from './companion.ts';
export type { Companion } from './companion.ts';
export { isAlive, isRoot, signal, startDetached } from './processes.ts';
export { DEADLINE, deadlineIn, openConnection, resolveName, secureConnection } from './connection.ts';
export type { Connection, Deadline, TlsPeer } from './connection.ts';
export { httpGet } from './http.ts';
export type { HttpAnswer } from './http.ts';
export { ask } from './ask.ts';
export type { HttpQuestion, HttpReply, Peer } from './ask.ts';
export { readNewSecret, readPiped } from './terminal.ts';
export { NO_ANSWER, NO_SENSE, TOO_LARGE, wire } from './wire.ts';
export type { Framing, Wire, WirePeer } from './wire.ts';
export { httpWire } from './http-wire.ts';
export type { HttpWire, WireAnswer } from './http-wire.ts';
export { readSecret } from './secrets.ts';
