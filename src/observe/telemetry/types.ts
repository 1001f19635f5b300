/** What a server says of itself. Shares are 0–1. Undefined: this source does not say. */
export type ServerTelemetry = {
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly connections: number | undefined;
  /** 0–1: what an agent asks for as a share of the configured weight (feedback agents: "50%"). */
  readonly wish: number | undefined;
  /** What an agent says; it only informs: checks and people take servers out. */
  readonly says: 'up' | 'drain' | 'maint' | 'down' | undefined;
  /** When it was measured, ms since 1970. */
  readonly at: number;
};

/** What is known of a server's telemetry now. */
export type TelemetryReading = {
  /** The last good answer; undefined: there was none yet. */
  readonly last: ServerTelemetry | undefined;
  /** The last good answer is so old that it counts for nothing, or there is none. */
  readonly stale: boolean;
  /** Why the last question had no good answer, in words. */
  readonly trouble: string | undefined;
  /** Answers, and questions without a good one, since the telemetry of this server was first asked for. */
  readonly answers: number;
  readonly failures: number;
};

/** What HAProxy knows of one server over one tick. */
export type ServerLoad = {
  readonly backend: string;
  readonly server: string;
  /** It is given work. */
  readonly up: boolean;
  readonly inFlight: number;
  /** Waiting for this server. */
  readonly queued: number;
  /** As in force now. */
  readonly weight: number;
  readonly limit: number | undefined;
  /** Requests that ended in this tick. */
  readonly done: number;
  /** Of them: 5xx by the server, broken, timed out. */
  readonly failed: number;
  /** From dispatch to response headers, ms; a sample of at most 200 a tick. Undefined outside HTTP. */
  readonly serviceTimes: readonly number[] | undefined;
  readonly retries: number;
};

export type PoolLoad = {
  readonly backend: string;
  /** Waiting for whichever server is free first. */
  readonly queued: number;
  readonly servers: readonly ServerLoad[];
  /** Since the last, ms. */
  readonly tick: number;
};
