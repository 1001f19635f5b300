import type { Fault, Result } from '#lib';

import type { Asker } from './changes.ts';

/** A server that drains or is in maintenance. */
export type Drain = {
  readonly label: string;
  readonly service: string;
  readonly state: 'drain' | 'maint';
  readonly by: string;
  readonly why: string | undefined;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly deadline: number | undefined;
  /** Still under way on it. */
  readonly left: number;
  readonly unit: 'request' | 'connection' | 'association' | 'message';
  readonly window: number | undefined;
};

/** Whether the rest of a pool can carry what servers leave to them. */
export type Capacity = {
  readonly service: string;
  readonly pool: string;
  /** Servers that could take over. */
  readonly others: number;
  /** The most that was in use at one time in the pool, in the last seven days. */
  readonly peak: number;
  /** How much the others take at one time; undefined where one of them has no limit. */
  readonly limit: number | undefined;
  readonly verdict: 'enough' | 'unknown' | 'short' | 'nobody';
  readonly words: string;
};

export type ServerPlace = { readonly service: string; readonly pool: string; readonly server: string };

export type WantedState = {
  readonly state: 'ready' | 'drain' | 'maint';
  /** Also where nobody would be left to serve. */
  readonly force: boolean;
  /** The same host in every service. */
  readonly allServices: boolean;
  /** How long a drain may last, ms; undefined: the service's own drain time-out. */
  readonly deadline: number | undefined;
  /** Only says whether the others can carry the load. */
  readonly dryRun: boolean;
};

export type MaintenanceWindow = {
  readonly id: number;
  /** Labels. */
  readonly servers: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly by: string;
  readonly why: string | undefined;
  readonly state: 'planned' | 'active' | 'ended' | 'cancelled';
};

/** Servers taken out of work and back, by people and by the calendar. */
export type Maintenance = {
  /** Refused with `apply-would-empty` where nobody would be left to serve, unless forced; then nothing was changed. */
  readonly set: (
    place: ServerPlace,
    wanted: WantedState,
    asker: Asker,
  ) => Promise<Result<{ readonly servers: readonly Drain[]; readonly capacity: readonly Capacity[] }, Fault>>;
  readonly drains: () => Promise<Result<readonly Drain[], Fault>>;
  readonly windows: () => Result<readonly MaintenanceWindow[], Fault>;
  readonly plan: (
    wanted: {
      readonly servers: readonly string[];
      readonly from: number;
      readonly until: number;
      readonly force: boolean;
    },
    asker: Asker,
  ) => Promise<Result<MaintenanceWindow, Fault>>;
  readonly cancel: (id: number, asker: Asker) => Promise<Result<MaintenanceWindow, Fault>>;
};
