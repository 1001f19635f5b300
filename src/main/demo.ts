import { freePort, startHospital, trafficInOneLine } from '#demo';
import { demoStateDirectory, EXIT, type World } from '#cli';

import { startController } from './controller.ts';

/** Traffic reports come each second; this many pass before one is shown. */
const SHOW_EVERY = 10;

/** Where one would like to find the console; another port where somebody else is there. */
const CONSOLE_PORT = 9_443;

/** Runs the demonstration hospital, the controller in front of it, and a trickle of traffic, until Ctrl-C. */
export async function runDemo(
  world: World,
  options: { readonly stateDirectory: string; readonly orthanc: boolean },
): Promise<number> {
  const hospital = await startHospital(options);
  if (!hospital.ok) {
    world.complain(hospital.error.message);
    return EXIT.wrong;
  }
  const console = `127.0.0.1:${await freePort(CONSOLE_PORT)}`;
  const controller = await startController(world, {
    file: hospital.value.specFile,
    stateDirectory: options.stateDirectory,
    leaveRunning: false,
    api: console,
    watch: false,
  });
  if (!controller.ok) {
    await hospital.value.stop();
    return controller.error;
  }
  world.print(`\n${hospital.value.welcome(typed(world, options.stateDirectory))}`);
  world.print(
    `Watch it in a browser: https://${console}/ (the first time by the link above, which makes its administrator)\n`,
  );
  let reports = 0;
  const traffic = hospital.value.startTraffic((report) => {
    reports += 1;
    if (reports % SHOW_EVERY === 0) world.print(trafficInOneLine(report));
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  const stop = async () => {
    await traffic.stop();
    const exitCode = await controller.value.stop(false);
    await hospital.value.stop();
    resolve(exitCode);
  };
  process.once('SIGTERM', () => void stop());
  process.once('SIGINT', () => void stop());
  return promise;
}

/** A command as it has to be typed to reach this demonstration and not a hospital that runs on the same machine. */
function typed(world: World, state: string): (words: string) => string {
  return (words) => {
    const isOwnDefault = words.startsWith('demo ') && state === demoStateDirectory(world.stateDirectory);
    const needsState = !words.startsWith('probe ') && !isOwnDefault;
    return `bin/vagus ${words}${needsState ? ` --state ${state}` : ''}`;
  };
}
