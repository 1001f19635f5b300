import type { Fault, Result } from '#lib';
import type { Changes, Maintenance } from '#apply';
import type { Feed, Health, Numbers, Workers } from '#observe';
import type { Desired } from '#plan';
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
