import type { RunOptions, World } from '#cli';

import { startController } from './controller.ts';

/** Runs the controller until SIGTERM or Ctrl-C. SIGHUP applies the spec file again. Returns the exit code. */
export async function runController(world: World, options: RunOptions): Promise<number> {
  // Listened for from the start: a signal that comes while the spec is being applied is obeyed afterwards.
  const { promise: told, resolve: tell } = Promise.withResolvers<void>();
  process.once('SIGTERM', () => tell());
  process.once('SIGINT', () => tell());
  let early = false;
  let applyAgain = () => {
    early = true;
  };
  process.on('SIGHUP', () => applyAgain());

  const controller = await startController(world, options);
  if (!controller.ok) return controller.error;
  applyAgain = () => void controller.value.applyAgain();
  if (early) applyAgain();
  await told;
  return controller.value.stop(options.leaveRunning);
}
