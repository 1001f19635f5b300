import type { Fault, Result, Secret } from '#lib';
import type { Telemetry } from '#spec';

import type { ServerTelemetry } from './types.ts';

/** What one answer says. */
export type Reading = Omit<ServerTelemetry, 'at'>;

/** Where a server is asked how it feels. It remembers what it takes to compare an answer with the one before. */
export type Source = {
  /** One question. The error says in words why there is no good answer, and quotes nothing that was sent. */
  read(): Promise<Result<Reading, string>>;
  close(): void;
};

/** What a source is made of. */
export type Asked<T extends Telemetry['type'] = Telemetry['type']> = {
  readonly host: string;
  readonly port: number;
  readonly telemetry: Extract<Telemetry, { readonly type: T }>;
  readonly secretOf: SecretOf;
};

export type SecretOf = (name: string) => Result<Secret, Fault>;

export const NOTHING: Reading = {
  cpu: undefined,
  memory: undefined,
  connections: undefined,
  wish: undefined,
  says: undefined,
};
