import type { Answer, Grant, Role, routes } from '#api/contract';

import { call, refuse } from '../client.ts';
import { paint, type Row, table } from '../paint.ts';
import { ago, dateOf, inDays, onTheClock } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';

type GrantValue = (typeof Grant)['_output'];
export type GrantOptions = Target & {
  readonly role: (typeof Role)['_output'];
  /** All, where none is named. */
  readonly services?: readonly string[];
};

const grantOf = ({ role, services }: GrantOptions): GrantValue => ({
  role,
  services: services === undefined ? 'all' : [...services],
});

const grantsInWords = (grants: readonly GrantValue[]): string =>
  grants.map(({ role, services }) => (services === 'all' ? role : `${role} of ${services.join(', ')}`)).join('; ');

/** `vagus user list`: who may do what. */
export async function users(world: World, options: Target & { readonly json?: boolean }): Promise<number> {
  const known = await call(world, options, 'users');
  if (!known.ok) return refuse(world, known.error);
  if (options.json) world.print(JSON.stringify(known.value, undefined, 2));
  else if (known.value.length === 0) world.print('no users');
  else {
    const style = paint(world.colour);
    const rows = known.value.map(({ name, grants, createdAt, createdBy, disabled }): Row => {
      const state = disabled ? 'disabled' : 'enabled';
      const cells = [name, grantsInWords(grants), state, onTheClock(createdAt, world.now()), createdBy];
      return disabled ? { cells, style: style.doubtful } : { cells };
    });
    world.print(table(style, ['user', 'may act as', 'state', 'since', 'made by'], rows));
  }
  return EXIT.done;
}

/** `vagus user add NAME --role ROLE`: adds a user, with a password that is typed or piped in. */
export async function addUser(world: World, name: string, options: GrantOptions): Promise<number> {
  const password = await world.readNewSecret(`password for ${name}`);
  if (!password.ok) {
    world.complain(`the password: ${password.error.message}`);
    return EXIT.wrong;
  }
  const added = await call(world, options, 'addUser', {
    body: { name, password: password.value, grants: [grantOf(options)] },
  });
  if (!added.ok) return refuse(world, added.error);
  world.print(`${added.value.name} may act as ${grantsInWords(added.value.grants)}`);
  return EXIT.done;
}

/** `vagus user grant NAME --role ROLE`: adds a role, or changes of which services it is; with `only`, others go. */
export async function grant(
  world: World,
  name: string,
  options: GrantOptions & { readonly only?: boolean },
): Promise<number> {
  const known = await call(world, options, 'users');
  if (!known.ok) return refuse(world, known.error);
  const user = known.value.find((candidate) => candidate.name === name);
  if (user === undefined) {
    world.complain(`there is no user ${name}; vagus user list names them`);
    return EXIT.wrong;
  }
  const others = options.only ? [] : user.grants.filter(({ role }) => role !== options.role);
  return changeUser(world, options, name, { grants: [...others, grantOf(options)] }, ({ grants }) => {
    return `may act as ${grantsInWords(grants)} from now on; signed out everywhere`;
  });
}

/** `vagus user disable|enable NAME`. */
export const setDisabled = (world: World, name: string, disabled: boolean, target: Target): Promise<number> =>
  changeUser(world, target, name, { disabled }, () =>
    disabled ? 'is disabled and signed out everywhere' : 'is enabled again',
  );

/** `vagus user password NAME`: a new password, typed or piped in. */
export async function changePassword(world: World, name: string, target: Target): Promise<number> {
  const password = await world.readNewSecret(`new password for ${name}`);
  if (!password.ok) {
    world.complain(`the password: ${password.error.message}`);
    return EXIT.wrong;
  }
  return changeUser(
    world,
    target,
    name,
    { password: password.value },
    () => 'has a new password and is signed out everywhere',
  );
}

type User = Answer<(typeof routes)['changeUser']>;
type UserChange = { readonly grants?: GrantValue[]; readonly password?: string; readonly disabled?: boolean };

async function changeUser(
  world: World,
  target: Target,
  name: string,
  body: UserChange,
  words: (user: User) => string,
): Promise<number> {
  const changed = await call(world, target, 'changeUser', { params: { name }, body });
  if (!changed.ok) return refuse(world, changed.error);
  world.print(`${name} ${words(changed.value)}`);
  return EXIT.done;
}

/** `vagus user remove NAME`. */
export async function removeUser(world: World, name: string, target: Target): Promise<number> {
  const removed = await call(world, target, 'removeUser', { params: { name } });
  if (!removed.ok) return refuse(world, removed.error);
  world.print(`${name} is removed; what the audit says of ${name} stays`);
  return EXIT.done;
}

/** `vagus token list`: for whom, until when, last used when; never the secrets. */
export async function tokens(world: World, options: Target & { readonly json?: boolean }): Promise<number> {
  const known = await call(world, options, 'tokens');
  if (!known.ok) return refuse(world, known.error);
  if (options.json) world.print(JSON.stringify(known.value, undefined, 2));
  else if (known.value.length === 0) world.print('no tokens');
  else {
    const [style, now] = [paint(world.colour), world.now()];
    const rows = known.value.map(({ id, name, grants, expiresAt, revokedAt, lastUsedAt, createdBy }): Row => {
      const isOver = revokedAt !== undefined || expiresAt <= now;
      const end = revokedAt === undefined ? `expire${isOver ? 'd' : 's'} ${inDays(expiresAt, now)}` : 'revoked';
      const used = lastUsedAt === undefined ? 'never' : ago(lastUsedAt, now);
      const cells = [id, name, grantsInWords(grants), end, used, createdBy];
      return isOver ? { cells, style: style.faint } : { cells };
    });
    world.print(table(style, ['id', 'token', 'may act as', 'until', 'used', 'made by'], rows));
  }
  return EXIT.done;
}

/** `vagus token add NAME`: makes a token. Its secret alone goes to the standard output, this once. */
export async function addToken(
  world: World,
  name: string,
  options: GrantOptions & { readonly expires: string },
): Promise<number> {
  const added = await call(world, options, 'addToken', {
    body: { name, grants: [grantOf(options)], expires: options.expires },
  });
  if (!added.ok) return refuse(world, added.error);
  const { id, grants, expiresAt, secret } = added.value;
  world.complain(`token ${id} (${name}) may act as ${grantsInWords(grants)} until ${dateOf(expiresAt)}`);
  world.complain('this is its secret; it is shown this once, keep it for $VAGUS_TOKEN:');
  world.print(secret);
  return EXIT.done;
}

/** `vagus token revoke ID`: at once. */
export async function revokeToken(world: World, id: string, target: Target): Promise<number> {
  const revoked = await call(world, target, 'revokeToken', { params: { id } });
  if (!revoked.ok) return refuse(world, revoked.error);
  world.print(`token ${id} is revoked`);
  return EXIT.done;
}
