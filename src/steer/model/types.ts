/** A change of what a server is like, at a time from the start of the run, in ms. What is not named stays. */
export type Change = {
  readonly at: number;
  /** How fast its workers work: 1 is what the service time is given for; 0 is a stall. */
  readonly speed?: number;
  /** The share of requests that it answers with an error, at once. */
  readonly failing?: number;
  /** Whether it runs: what is sent to one that does not is refused, and what it had is lost. */
  readonly running?: boolean;
};

/** A server: workers in front of one FIFO queue. */
export type ServerModel = {
  readonly name: string;
  /** How many requests it works on at once. */
  readonly workers: number;
  /** Its configured weight, 1–256. */
  readonly weight?: number;
  /** Its configured limit; undefined: none. */
  readonly limit?: number;
  readonly script?: readonly Change[];
};

/** A class of requests: those of a lower rank leave the queue first. */
export type ClassModel = { readonly name: string; readonly share: number; readonly rank: number };

/** A pool under a load: what is simulated. Times in ms. */
export type Model = {
  readonly servers: readonly ServerModel[];
  readonly balance: 'leastconn' | 'roundrobin';
  /** Requests in a second, at any time of the run. Arrivals are Poisson and do not wait for answers. */
  readonly rate: number | ((at: number) => number);
  /** How long a server's free place is on its way: from an answer at the server until the next request is there. Default 0. */
  readonly hop?: number;
  /** Log-normal. */
  readonly service: { readonly mean: number; readonly deviation: number };
  readonly classes?: readonly ClassModel[];
  readonly duration: number;
  /** What arrives before is not counted. */
  readonly warmUp: number;
  /** How long HAProxy waits for a server's answer (504), and for a place at one (503). */
  readonly timeouts?: { readonly server?: number; readonly queue?: number };
  readonly retries?: number;
  /** HAProxy's health checks. A server that stalls or does not run fails them; one that answers errors fails where `seesErrors`. */
  readonly checks?: {
    readonly interval: number;
    readonly fall: number;
    readonly rise: number;
    readonly seesErrors?: boolean;
  };
  readonly seed: number;
};

/** What a policy sets: HAProxy's `set server weight` (0–256) and `set maxconn server` (undefined: no limit). */
export type Setting = { readonly server: string; readonly weight: number; readonly limit: number | undefined };

/** What HAProxy shows of a server over one tick. */
export type Seen = {
  readonly server: string;
  readonly up: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly weight: number;
  readonly limit: number | undefined;
  readonly done: number;
  readonly failed: number;
  readonly retries: number;
  readonly serviceTimes: readonly number[];
  /** The share of its workers that work: what an agent on it would call its CPU. */
  readonly cpu: number;
};

export type SeenPool = { readonly at: number; readonly queued: number; readonly servers: readonly Seen[] };

/** What acts on the pool at every tick. */
export type Policy = { readonly tick: number; readonly act: (seen: SeenPool) => readonly Setting[] };

/**
 * What chooses a server for every request in place of HAProxy, knowing what only the model knows: for comparison.
 * Returns the server's index, or -1 to let the request wait.
 */
export type Chooser = (servers: readonly TrueServer[], waiting: number, draw: () => number) => number;

export type TrueServer = {
  readonly model: ServerModel;
  readonly up: boolean;
  readonly speed: number;
  readonly failing: number;
  readonly inFlight: number;
  /** The newest service times, newest last. */
  readonly lately: readonly number[];
};

/** What became of the requests that arrived after the warm-up, in the order in which they ended. */
export type Outcome = {
  readonly ended: readonly Ended[];
  /** Those that were still under way at the end. */
  readonly open: number;
};

export type Ended = {
  readonly at: number;
  readonly class: string;
  /** From arrival to answer. */
  readonly took: number;
  /** The part of it in HAProxy's queue. */
  readonly waited: number;
  readonly failed: boolean;
  /** The server that had it last; undefined: none did. */
  readonly server: string | undefined;
};
