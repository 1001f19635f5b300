import { Command, CommanderError } from 'commander';

import { addAccessCommands } from './groups/access.ts';
import { addChangeCommands } from './groups/changes.ts';
import { addMaintenanceCommands } from './groups/maintenance.ts';
import { addQueueCommands } from './groups/queues.ts';
import { addRecordCommands } from './groups/records.ts';
import { addRunningCommands } from './groups/running.ts';
import { addSpecCommands } from './groups/specs.ts';
import type { Shell } from './shell.ts';
import { EXIT, type World } from './world.ts';

/** Runs one command line (without the program's own name). Returns the exit code; prints through the world alone. */
export async function main(world: World, argv: readonly string[], version: string): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command('vagus')
    .description(
      'An application delivery controller for hospitals: keeps the record, the images and the messages reachable.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.print(text.trimEnd()),
      writeErr: (text) => world.complain(text.trimEnd()),
    })
    .showHelpAfterError('(vagus --help, or vagus COMMAND --help, says more)');
  const ends = (code: number | Promise<number>) => Promise.resolve(code).then((known) => void (exitCode = known));
  const shell: Shell = { world, program, ends };

  // In the order in which the help names them.
  program.commandsGroup('A spec:');
  addSpecCommands(shell);
  program.commandsGroup('What runs:');
  addRunningCommands(shell);
  program.commandsGroup('Changes:');
  addChangeCommands(shell);
  program.commandsGroup('Maintenance:');
  addMaintenanceCommands(shell);
  addQueueCommands(shell);
  program.commandsGroup('Records:');
  addRecordCommands(shell);
  program.commandsGroup('Who may:');
  addAccessCommands(shell);
  program.commandsGroup('Help:').helpCommand(true);

  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw thrown;
  }
}
