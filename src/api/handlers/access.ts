import { err, type Fault, ok, type Result, Secret } from '#lib';
import {
  authenticateScreen,
  changePassword,
  changeUser,
  createToken,
  createUser,
  endSession,
  logIn,
  logOut,
  openSessions,
  type Principal,
  redeemFirstLink,
  removeUser,
  revokeToken,
  sessionEndsIn,
  sessionName,
  type Token,
  tokens,
  user,
  users,
} from '#access';

import { fault } from '../errors.ts';
import { type Identity, mayAs } from '../gate.ts';
import type { Handlers } from '../handler.ts';

export const accessHandlers = {
  async setup({ body }, { ports, note }) {
    const secret = new Secret(body.link);
    const password = new Secret(body.password);
    const made = await redeemFirstLink(ports.store, { secret, name: body.name, password }, ports.now());
    if (made.ok) note({ by: made.value.name, subject: `user ${made.value.name}` });
    return made;
  },
  async login({ body: { name, password } }, { ports, from, note, setSession }) {
    // A name that is nobody's may be a password in the wrong field, and is not written down.
    if (user(ports.store, name).ok) note({ subject: `user ${name}` });
    const login = { name, password: new Secret(password), address: from };
    const begun = await logIn(ports.store, login, ports.now());
    if (!begun.ok) return begun;
    note({ by: begun.value.principal.name, detail: { from } });
    setSession(begun.value.id);
    return ok(meOf(begun.value.principal));
  },
  openScreen({ body }, { ports, from, note, setSession }) {
    const secret = new Secret(body.token);
    const screen = authenticateScreen(ports.store, secret, ports.now());
    if (!screen.ok) return screen;
    const { principal, expiresAt } = screen.value;
    note({ by: principal.name, detail: { from } });
    setSession(secret, expiresAt);
    return ok(meOf(principal));
  },
  logout(_, { ports, identity: { shown }, setSession, recheckStreams }) {
    const ended = shown.kind === 'session' ? logOut(ports.store, shown.secret) : ok(undefined);
    if (!ended.ok) return ended;
    setSession(undefined);
    recheckStreams();
    return ok(undefined);
  },
  me(_, { ports, identity: { principal, shown } }) {
    if (principal === undefined) return err(nobody());
    if (shown.kind !== 'session') return ok(meOf(principal));
    const endsIn = sessionEndsIn(ports.store, shown.secret, ports.now());
    return endsIn.ok ? ok({ ...meOf(principal), endsIn: endsIn.value }) : endsIn;
  },
  async changePassword({ body }, { ports, identity: { principal }, from, setSession, recheckStreams }) {
    if (principal?.kind !== 'user') return err(nobody());
    const login = { name: principal.name, password: new Secret(body.old), address: from };
    const changed = await changePassword(ports.store, login, new Secret(body.password), ports.now());
    if (!changed.ok) return changed;
    setSession(undefined);
    recheckStreams();
    return ok(undefined);
  },
  sessions(_, { ports, identity }) {
    const whose = sessionsOf(identity);
    if (!whose.ok) return whose;
    const open = openSessions(ports.store, whose.value, ports.now());
    if (!open.ok) return open;
    const own = identity.shown.kind === 'session' ? sessionName(identity.shown.secret) : undefined;
    return ok(open.value.map((session) => ({ ...session, isAsker: session.id === own })));
  },
  endSession({ params }, { ports, identity, note, recheckStreams }) {
    const whose = sessionsOf(identity);
    if (!whose.ok) return whose;
    const ended = endSession(ports.store, params.id, whose.value);
    if (!ended.ok) return ended;
    note({ subject: `user ${ended.value.user}`, detail: { from: ended.value.address } });
    recheckStreams();
    return ok(undefined);
  },
  users: (_, { ports }) => users(ports.store),
  async addUser({ body }, { ports, identity, note }) {
    const { name, grants } = body;
    note({ subject: `user ${name}`, detail: { grants } });
    const added = { name, grants, password: new Secret(body.password), by: identity.by };
    return createUser(ports.store, added, ports.now());
  },
  async changeUser({ params, body }, { ports, note, recheckStreams }) {
    const { grants, disabled } = body;
    const password = body.password === undefined ? undefined : new Secret(body.password);
    note({
      subject: `user ${params.name}`,
      detail: { grants, disabled, password: password === undefined ? undefined : 'changed' },
    });
    const changed = await changeUser(ports.store, params.name, { grants, disabled, password }, ports.now());
    if (!changed.ok) return changed;
    note({ detail: { ended: changed.value.ended } });
    recheckStreams();
    return ok(changed.value.user);
  },
  removeUser({ params }, { ports, note, recheckStreams }) {
    note({ subject: `user ${params.name}` });
    const removed = removeUser(ports.store, params.name, ports.now());
    if (!removed.ok) return removed;
    note({ detail: { ended: removed.value } });
    recheckStreams();
    return ok(undefined);
  },
  tokens(_, { ports }) {
    const all = tokens(ports.store);
    return all.ok ? ok(all.value.map(tokenAnswer)) : all;
  },
  addToken({ body }, { ports, identity: { principal }, note }) {
    const { name, grants, expires } = body;
    note({ subject: `token ${name}`, detail: { grants } });
    if (principal === undefined) return err(nobody());
    const expiresAt = ports.now() + expires;
    const made = createToken(ports.store, principal, { name, grants, expiresAt }, ports.now());
    if (!made.ok) return made;
    note({ detail: { id: made.value.token.id, expiresAt } });
    return ok({ ...tokenAnswer(made.value.token), secret: made.value.secret.reveal() });
  },
  revokeToken({ params }, { ports, note, recheckStreams }) {
    note({ subject: `token ${params.id}` });
    const revoked = revokeToken(ports.store, params.id, ports.now());
    if (!revoked.ok) return revoked;
    note({ detail: { name: revoked.value.name } });
    recheckStreams();
    return ok(undefined);
  },
} satisfies Partial<Handlers>;

/** Whose sessions somebody may see and end: undefined for everybody's. Whoever is no user has none. */
function sessionsOf(identity: Identity): Result<string | undefined, Fault> {
  if (mayAs(identity, 'manage', undefined)) return ok(undefined);
  return identity.principal?.kind === 'user' ? ok(identity.principal.name) : err(nobody());
}

const nobody = () => fault('api-credentials', 'only somebody with an account here can ask this');

const meOf = ({ name, kind, grants }: Principal) => ({ name, kind, grants });

const tokenAnswer = ({ id, ...token }: Token) => ({ ...token, id: String(id) });
