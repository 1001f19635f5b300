import type { Fault, Result } from '#lib';

/** Exit codes: every command uses these and no others. */
export const EXIT = { done: 0, wrong: 1, usage: 2, unreachable: 3, refused: 4 } as const;

/** What the command line needs from outside: where to print, and what only the wiring can do. */
export type World = {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** Colours are wanted: a terminal, and no NO_COLOR. */
  readonly colour: boolean;
  /** Where state lies unless told. */
  readonly stateDirectory: string;
  /** Runs the controller until it is told to stop. Returns the exit code. */
  readonly run: (options: RunOptions) => Promise<number>;
  /** Runs the demonstration hospital and the controller in front of it. Returns the exit code. */
  readonly demo: (options: { readonly stateDirectory: string; readonly orthanc: boolean }) => Promise<number>;
  /** Breaks or mends something in the demonstration hospital that runs. Returns what was done, in words. */
  readonly actOnDemo: (
    stateDirectory: string,
    action: DemoAction,
    server: string | undefined,
  ) => Promise<Result<string, Fault>>;
};

export type RunOptions = { readonly file: string; readonly stateDirectory: string; readonly leaveRunning: boolean };

export const DEMO_ACTIONS = ['kill', 'hang', 'slow', 'heal'] as const;
export type DemoAction = (typeof DEMO_ACTIONS)[number];

/** Where the demonstration keeps its state unless told: beside the real one, never in it. */
export const demoStateDirectory = (stateDirectory: string): string => `${stateDirectory}-demo`;
