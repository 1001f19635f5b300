import { spawn } from 'node:child_process';

/** A program of ours that hears us, and hears when we have ended, however we do. */
export type Companion = {
  /** Says something to it. False where it is gone. */
  say(text: string): boolean;
  /** Says that nothing more will come. */
  close(): void;
};

/**
 * Starts a program in a session of its own, so that what ends us does not end it, and talks to it by its standard input.
 * `onEnd` is called once when it has ended, or could not be started.
 */
export function startCompanion(program: string, args: readonly string[], onEnd: () => void): Companion {
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    onEnd();
  };
  child.on('error', end);
  child.on('exit', end);
  // What can not be said to it is seen by its end.
  child.stdin.on('error', () => undefined);
  child.unref();
  return {
    say: (text) => {
      if (!ended) child.stdin.write(text);
      return !ended;
    },
    close: () => child.stdin.end(),
  };
}
