import { Argument } from 'commander';

import { server, SERVER_ACTIONS, type ServerAction, type ServerOptions } from '../commands/server.ts';
import { cancelWindow, drains, windows } from '../commands/windows.ts';
import { command, duration, listed, positive, reaching, type Shell } from '../shell.ts';
import type { Target } from '../world.ts';

/** Servers taken out of work and back. */
export function addMaintenanceCommands({ world, program, ends }: Shell): void {
  reaching(
    world,
    command(
      program,
      'server',
      'Takes a server out of work and back, without a reload: now, or in a window that is planned.',
      'vagus server drain pacs/pacs1 --wait --reason "patching"',
      'vagus server ready pacs/pacs1',
      'vagus server maint pacs/pacs1 --from 22:00 --for 2h --reason "new disk"',
    ),
  )
    .addArgument(new Argument('<action>', 'drain, ready or maint').choices(SERVER_ACTIONS))
    .argument('<server>', 'SERVICE/SERVER, or SERVICE/POOL/SERVER')
    .option('--all-services', 'the same host in every service')
    .option('--wait', 'return when nothing is left on it')
    .option('--reason <text>', 'why, for whoever reads the status and the audit')
    .option('--force', 'also where nobody would be left to serve')
    .option('--deadline <duration>', 'a server that drains goes into maintenance after this long', duration)
    .option('--dry-run', 'only say whether the others can carry the load')
    .option('--from <time>', 'plan a window that begins then: 22:00, or 2026-12-01T22:00')
    .option('--until <time>', 'when the window ends')
    .option('--for <duration>', 'how long the window is, instead of --until', duration)
    .action((action: ServerAction, name: string, options: ServerOptions) => ends(server(world, action, name, options)));

  reaching(
    world,
    command(program, 'drains', 'Servers that drain or are in maintenance, and what is still on them.', 'vagus drains'),
  )
    .option('--json', 'for programs')
    .action((options: Target & { json?: boolean }) => ends(drains(world, options)));

  const group = command(
    program,
    'windows',
    'Maintenance windows: planned, under way and over.',
    'vagus windows',
    'vagus windows cancel 3',
  );
  reaching(world, listed(group, 'All windows.', 'vagus windows --json'))
    .option('--json', 'for programs')
    .action((options: Target & { json?: boolean }) => ends(windows(world, options)));
  reaching(world, command(group, 'cancel', 'Calls a window off, or ends one that has begun.', 'vagus windows cancel 3'))
    .argument('<id>', 'its number', positive)
    .action((id: number, options: Target) => ends(cancelWindow(world, id, options)));
}
