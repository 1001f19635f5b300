import type { Model } from '#steer';

import type { Upset } from './scenarios.ts';

/** What the programs of one pass are told: all of them the same. */
export type Task = {
  readonly model: Model;
  /** Of the servers, in the model's order. */
  readonly ports: readonly number[];
  /** What the servers' agents say, and where. */
  readonly agents: NonNullable<Upset['agents']>;
  readonly agentPorts: readonly number[];
  /** Where clients come in. */
  readonly entrance: number;
  /** The file that says when the model's clock begins: `begin.ts`. */
  readonly begins: string;
  /** HAProxy's stats socket. */
  readonly statsSocket: string;
  /** Where the load writes what became of every request. */
  readonly journal: string;
};

/** What became of a request: when it was meant to be sent, how long it took from then, how long until a server had it, ms. */
export type Asked = {
  readonly at: number;
  readonly class: string;
  readonly took: number;
  readonly waited: number | undefined;
  /** 0: no answer at all. */
  readonly status: number;
  /** How much later than meant it was sent, and answered: the error of the timers, ms. */
  readonly late: number;
  readonly answeredLate: number | undefined;
};
