import type { Fault, Result } from '#lib';
import type { Changes, Maintenance } from '#apply';
import type { Feed, Health, HistoryRange, Numbers, ServiceHistory, Workers } from '#observe';
import type { Desired } from '#plan';
import type { DeadMessage, RelayStatus } from '#relay';
import type { PoolSteering } from '#steer';
import type { Store } from '#store';

/** What the controller says of itself. */
export type ControllerFacts = {
  readonly pid: number;
  /** Of Vagus, and of the engine. */
  readonly version: string;
  readonly engine: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** The spec file differs from what was last taken from it. */
  readonly edited: boolean;
};

/** What the relay does at a moment, and what it did up to a minute before, where that is known. */
export type RelayLook = RelayMoment & { readonly before: RelayMoment | undefined };

/** `at`: milliseconds since 1970. */
export type RelayMoment = { readonly at: number; readonly status: RelayStatus };

/** What is stored for a destination of a service. */
export type QueueName = { readonly service: string; readonly destination: string };

/** Messages that were given up: one by its id, or all of a queue. */
type Which = number | 'all';

/** What the relay of HL7 messages is asked. */
export type RelayPort = {
  readonly look: () => Promise<Result<RelayLook, Fault>>;
  readonly hold: (queue: QueueName, isHeld: boolean) => Promise<Result<void, Fault>>;
  /** The newest first. */
  readonly dead: (
    queue: QueueName,
    page: { readonly before?: number | undefined; readonly limit: number },
  ) => Promise<Result<readonly DeadMessage[], Fault>>;
  readonly deadMessage: (queue: QueueName, id: number) => Promise<Result<DeadMessage, Fault>>;
  readonly resend: (queue: QueueName, which: Which) => Promise<Result<{ readonly messages: number }, Fault>>;
  /** `everything`: what waits, too. */
  readonly discard: (
    queue: QueueName,
    which: Which | 'everything',
  ) => Promise<Result<{ readonly messages: number }, Fault>>;
};

/** What the API works on. It changes nothing by itself. */
export type ApiPorts = {
  readonly changes: Changes;
  readonly maintenance: Maintenance;
  readonly store: Store;
  /** The one feed that is published to. */
  readonly feed: Feed;
  readonly health: (desired: Desired) => Promise<Result<Health, Fault>>;
  readonly numbers: (desired: Desired) => Promise<Result<Numbers, Fault>>;
  readonly workers: () => Promise<Workers>;
  /** How each pool is steered that the spec wants steered or watched. */
  readonly steering: () => readonly PoolSteering[];
  readonly relay: RelayPort;
  /** What became of a service of the spec in force. */
  readonly history: (service: string, range: HistoryRange) => Result<ServiceHistory, Fault>;
  readonly controller: () => ControllerFacts;
  /**
   * The fields that lead to the servers of a pool in the spec in force: `['services', 'pacs', 'servers']`, or
   * `['services', 'pacs', 'pools', 'vna', 'servers']`. Undefined where there is no such pool.
   */
  readonly serversPath: (service: string, pool: string) => readonly string[] | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of what was thrown and should not have been. It may hold parts of what was asked: say its stack, not its message. */
  readonly onThrow: (route: string, thrown: unknown) => void;
};
