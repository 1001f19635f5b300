import type { Fault, Result } from '#lib';

/** Exit codes: every command uses these and no others. */
export const EXIT = { done: 0, wrong: 1, usage: 2, unreachable: 3, refused: 4 } as const;

/** Which controller: the one of a state directory, or the one at a URL. */
export type Target = {
  readonly state: string;
  /** `https://host:port`; it wins. */
  readonly url?: string;
  /** A file with the CA that the controller's certificate must chain to. */
  readonly ca?: string;
};

/** One HTTP request, without what says who asks: that is known outside. */
export type Asked = {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

export type Replied = {
  readonly status: number;
  /** By name in small letters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** What the command line needs from outside: where to print, and what only the wiring can do. */
export type World = {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Colours are wanted: a terminal, and no NO_COLOR. */
  readonly colour: boolean;
  /** Somebody looks on: what takes long may say how far it is. */
  readonly terminal: boolean;
  /** Where state lies unless told. */
  readonly stateDirectory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves after so many ms. */
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly readText: (file: string) => Result<string, Fault>;
  readonly writeText: (file: string, text: string) => Result<void, Fault>;
  /** Reads a secret that is chosen now, from a terminal without echo or from what is piped in. */
  readonly readNewSecret: (prompt: string) => Promise<Result<string, Fault>>;
  /** Asks a controller. The error `system-nobody-there` says that none runs there. */
  readonly ask: (target: Target, asked: Asked) => Promise<Result<Replied, Fault>>;
  /** Runs the controller until it is told to stop. Returns the exit code. */
  readonly run: (options: RunOptions) => Promise<number>;
  /** Runs the demonstration hospital and the controller in front of it. Returns the exit code. */
  readonly demo: (options: { readonly stateDirectory: string; readonly orthanc: boolean }) => Promise<number>;
  /** Runs the agent for servers until it is told to stop. Returns the exit code. */
  readonly agent: (options: AgentOptions) => Promise<number>;
  /** Breaks or mends something in the demonstration hospital that runs. Returns what was done, in words. */
  readonly actOnDemo: (
    stateDirectory: string,
    action: DemoAction,
    server: string | undefined,
  ) => Promise<Result<string, Fault>>;
};

/** Ports as they were written; `off`: not opened. */
export type AgentOptions = { readonly port: string; readonly metricsPort: string; readonly listen: string };

export type RunOptions = {
  readonly file: string;
  readonly stateDirectory: string;
  readonly leaveRunning: boolean;
  /** Where the API is served over HTTPS, `host:port`; undefined: on the unix socket alone. */
  readonly api: string | undefined;
  /** Applies the spec file whenever it changes. */
  readonly watch: boolean;
};

export const DEMO_ACTIONS = ['kill', 'hang', 'slow', 'heal'] as const;
export type DemoAction = (typeof DEMO_ACTIONS)[number];

/** Where the demonstration keeps its state unless told: beside the real one, never in it. */
export const demoStateDirectory = (stateDirectory: string): string => `${stateDirectory}-demo`;
