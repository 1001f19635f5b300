import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Program, startProgram } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';

/** Starts the relay as a program, with its files in a directory and its services as they are given. */
export async function startRelayProgram(
  directory: string,
  control: string,
  services: readonly object[],
): Promise<Program> {
  const config = join(directory, 'relay.json');
  writeFileSync(config, JSON.stringify({ control, journal: join(directory, 'queue.db'), services }));
  const program = startProgram(process.execPath, ['src/relay/main.ts', '--config', config]);
  await waitFor(`the relay is ready: ${program.output()}`, () => program.output().includes('ready'));
  return program;
}
