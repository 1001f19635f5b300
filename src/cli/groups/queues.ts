import { endMessages, holdQueue, listQueues, type MessageOptions, showQueue } from '../commands/queue.ts';
import { command, listed, positive, reaching, type Shell } from '../shell.ts';
import type { Target } from '../world.ts';

const NAME = 'SERVICE, or SERVICE/DESTINATION';

/** HL7 messages that are stored: what waits, and what was given up. */
export function addQueueCommands({ world, program, ends }: Shell): void {
  const group = command(
    program,
    'queue',
    'Stored HL7 messages: what waits, and what was given up. It never shows what a message says.',
    'vagus queue',
    'vagus queue show adt',
    'vagus queue hold adt/lab --reason "lab system down until noon"',
  );

  reaching(world, listed(group, 'All queues: what waits, for how long, and what was given up.', 'vagus queue list adt'))
    .argument('[service]', NAME)
    .option('--json', 'for programs')
    .action((name: string | undefined, options: Target & { json?: boolean }) => ends(listQueues(world, name, options)));

  reaching(
    world,
    command(
      group,
      'show',
      'A queue, its servers and the messages that were given up; or one of these.',
      'vagus queue show adt/lab',
      'vagus queue show adt/lab 17',
    ),
  )
    .argument('<queue>', NAME)
    .argument('[id]', 'of a message that was given up', positive)
    .option('--json', 'for programs')
    .action((name: string, id: number | undefined, options: Target & { json?: boolean }) =>
      ends(showQueue(world, name, id, options)),
    );

  for (const [action, description] of [
    ['hold', 'Stops sending from a queue. Messages are still taken and stored; what is under way ends.'],
    ['release', 'Sends again from a queue that was held.'],
  ] as const) {
    reaching(world, command(group, action, description, `vagus queue ${action} adt/lab --reason "update of the lab"`))
      .argument('<queue>', NAME)
      .option('--reason <text>', 'why, for whoever reads the audit')
      .option('--json', 'for programs')
      .action((name: string, options: MessageOptions) => ends(holdQueue(world, action, name, options)));
  }

  for (const [action, description] of [
    ['resend', 'Puts messages that were given up back, at the end of their queue.'],
    ['discard', 'Forgets messages that were given up. They cannot be had back.'],
  ] as const) {
    const of = reaching(world, command(group, action, description, `vagus queue ${action} adt/lab 17`))
      .argument('<queue>', NAME)
      .argument('[id]', 'of a message that was given up; vagus queue show has it', positive)
      .option('--all', 'all that were given up')
      .option('--reason <text>', 'why, for whoever reads the audit')
      .option('--json', 'for programs')
      .action((name: string, id: number | undefined, options: MessageOptions) =>
        ends(endMessages(world, action, name, id, options)),
      );
    if (action === 'discard') {
      of.option('--waiting', 'with --all: also those that wait, of a queue that is held or not served any more');
      of.option('--yes', 'with --all: really all');
    }
  }
}
