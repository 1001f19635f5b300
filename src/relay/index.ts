export type {
  Configuration,
  DestinationConfiguration,
  ServerConfiguration,
  ServiceConfiguration,
  Target,
} from './configuration.ts';
export { readConfiguration } from './configuration.ts';
export type { RelayEvent } from './events.ts';
export type { RelayStatus } from './status.ts';
