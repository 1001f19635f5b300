import type { Command } from 'commander';

import { apply, type ChangeOptions, rollback } from '../commands/apply.ts';
import { confirm, diff, revisions } from '../commands/revisions.ts';
import { command, duration, positive, reaching, type Shell } from '../shell.ts';
import type { Target } from '../world.ts';

const WHY = ['--why <text>', 'why, for whoever reads the revisions and the audit'] as const;

const changing = (of: Command): Command =>
  of
    .option(...WHY)
    .option('--confirm <duration>', 'take it back after this long unless `vagus confirm` is said', duration)
    .option('--no-gate', 'keep it also where services suffer from it')
    .option('--if-revision <number>', 'only where this revision is in force', positive)
    .option('--json', 'for programs');

/** Changes, as numbered revisions. */
export function addChangeCommands({ world, program, ends }: Shell): void {
  changing(
    reaching(
      world,
      command(
        program,
        'apply',
        'Puts a spec in force as a new revision, and takes it back if services suffer from it.',
        'vagus apply hospital.yaml --why "third archive"',
        'vagus apply hospital.yaml --confirm 5m',
      ),
    ),
  )
    .argument('<file>', 'the spec')
    .action((file: string, options: ChangeOptions) => ends(apply(world, file, options)));

  reaching(
    world,
    command(program, 'confirm', 'Keeps the revision that waits for it.', 'vagus confirm --why "tried on the wards"'),
  )
    .option(...WHY)
    .action((options: Target & { why?: string }) => ends(confirm(world, options)));

  changing(
    reaching(
      world,
      command(
        program,
        'rollback',
        'Puts an earlier revision in force again, as a new revision; without a number the one before this.',
        'vagus rollback',
        'vagus rollback 7 --why "the new archive is slow"',
      ),
    ),
  )
    .argument('[revision]', 'its number', positive)
    .action((revision: number | undefined, options: ChangeOptions) => ends(rollback(world, revision, options)));

  reaching(
    world,
    command(
      program,
      'revisions',
      'Who changed what, when, how and why; the newest first.',
      'vagus revisions --limit 50',
    ),
  )
    .option('--limit <number>', 'how many', positive, 20)
    .option('--json', 'for programs')
    .action((options: Target & { limit: number; json?: boolean }) => ends(revisions(world, options)));

  reaching(
    world,
    command(
      program,
      'diff',
      'Two specs beside each other, as a unified diff.',
      'vagus diff 7 8',
      'vagus diff running hospital.yaml',
    ),
  )
    .argument('<a>', 'a revision’s number, the word running, or a file')
    .argument('<b>', 'the same')
    .action((a: string, b: string, options: Target) => ends(diff(world, a, b, options)));
}
