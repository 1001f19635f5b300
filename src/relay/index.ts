export type {
  Configuration,
  DestinationConfiguration,
  ServerConfiguration,
  ServiceConfiguration,
  Target,
} from './configuration.ts';
export { readConfiguration } from './configuration.ts';
export type { RelayEvent } from './events.ts';
export type { DeadMessage } from './commands.ts';
export type { Codes, Latency } from './counters.ts';
export { storedIn } from './journal/queues.ts';
export type { Holding, QueueOnDisk } from './journal/queues.ts';
export type { DestinationStatus, LeftStatus, QueueStatus, RelayStatus, ServerStatus, ServiceStatus } from './status.ts';
export { fault as relayFault, isRelayFaultCode } from './errors.ts';
export type { RelayFaultCode } from './errors.ts';
export { PROGRAM } from './program.ts';
