import { type Command, Option } from 'commander';

import { Role } from '#api/contract';

import {
  addToken,
  addUser,
  changePassword,
  grant,
  type GrantOptions,
  removeUser,
  revokeToken,
  setDisabled,
  tokens,
  users,
} from '../commands/access.ts';
import { command, duration, list, listed, reaching, type Shell } from '../shell.ts';
import type { Target } from '../world.ts';

type Listing = Target & { readonly json?: boolean };

const granting = (of: Command): Command =>
  of
    .addOption(new Option('--role <role>', 'what it may do').choices(Role.options).makeOptionMandatory())
    .option('--services <names>', 'only for these services, with commas between them', list);

/** Who may: users and tokens. */
export function addAccessCommands(shell: Shell): void {
  addUserCommands(shell);
  addTokenCommands(shell);
}

function addUserCommands({ world, program, ends }: Shell): void {
  const group = command(
    program,
    'user',
    'People who may look or change something, by name and password.',
    'vagus user list',
    'vagus user add anna --role operator --services pacs,adt',
  );
  const on = (name: string, description: string, ...examples: readonly string[]): Command =>
    reaching(world, command(group, name, description, ...examples)).argument('<name>', 'the user');

  reaching(world, listed(group, 'All users, and what they may do.', 'vagus user list --json'))
    .option('--json', 'for programs')
    .action((options: Listing) => ends(users(world, options)));
  granting(
    on(
      'add',
      'Adds a user. The password is typed, or piped in.',
      'vagus user add anna --role operator',
      'vagus user add nagios --role viewer --services pacs < password.txt',
    ),
  ).action((name: string, options: GrantOptions) => ends(addUser(world, name, options)));
  granting(
    on(
      'grant',
      'Gives a user a role, beside those it has, or changes of which services it is.',
      'vagus user grant anna --role operator --services pacs,adt',
      'vagus user grant anna --role viewer --only',
    ),
  )
    .option('--only', 'take away every other role')
    .action((name: string, options: GrantOptions & { only?: boolean }) => ends(grant(world, name, options)));
  on('password', 'A new password, typed or piped in.', 'vagus user password anna').action(
    (name: string, options: Target) => ends(changePassword(world, name, options)),
  );
  on('disable', 'Lets a user in no more, and ends what sessions there are.', 'vagus user disable anna').action(
    (name: string, options: Target) => ends(setDisabled(world, name, true, options)),
  );
  on('enable', 'Lets a user in again.', 'vagus user enable anna').action((name: string, options: Target) =>
    ends(setDisabled(world, name, false, options)),
  );
  on('remove', 'Removes a user; the audit keeps the name.', 'vagus user remove anna').action(
    (name: string, options: Target) => ends(removeUser(world, name, options)),
  );
}

function addTokenCommands({ world, program, ends }: Shell): void {
  const group = command(
    program,
    'token',
    'Tokens for programs, and for --url: put one into $VAGUS_TOKEN.',
    'vagus token list',
    'vagus token add backup --role viewer --expires 90d > token',
  );
  reaching(world, listed(group, 'All tokens: for what, until when; never their secrets.', 'vagus token list --json'))
    .option('--json', 'for programs')
    .action((options: Listing) => ends(tokens(world, options)));
  granting(
    reaching(
      world,
      command(
        group,
        'add',
        'Makes a token. Its secret alone goes to the standard output, this once.',
        'vagus token add backup --role viewer --expires 90d > token',
      ),
    ).argument('<name>', 'what it is for'),
  )
    .addOption(
      new Option('--expires <duration>', 'how long it is good for: 90d, 12h').argParser(duration).makeOptionMandatory(),
    )
    .action((name: string, options: GrantOptions & { expires: string }) => ends(addToken(world, name, options)));
  reaching(world, command(group, 'revoke', 'Revokes a token at once.', 'vagus token revoke a1b2c3'))
    .argument('<id>', 'its id, as `vagus token list` shows it')
    .action((id: string, options: Target) => ends(revokeToken(world, id, options)));
}
