export { createApi } from './server.ts';
export type { Api } from './server.ts';
export type { ConsoleFile, ConsoleFiles } from './console.ts';
export type { ApiPorts, ControllerFacts, QueueName, RelayMoment, RelayPort } from './ports.ts';
export { openapiDocument } from './openapi.ts';
