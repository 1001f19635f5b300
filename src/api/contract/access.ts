import { z } from 'zod';

import { Moment, Span } from './common.ts';
import { route } from './route.ts';

export const Role = z.enum(['viewer', 'operator', 'administrator', 'auditor']);

export const Grant = z
  .object({ role: Role, services: z.union([z.literal('all'), z.array(z.string()).min(1)]) })
  .meta({ id: 'Grant' });

const UserName = z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/);
const Password = z.string().min(1).max(1_024);

export const Me = z
  .object({
    name: z.string(),
    kind: z.enum(['user', 'token', 'local']),
    grants: z.array(Grant),
    endsIn: z
      .int()
      .optional()
      .describe('milliseconds until the session ends if nobody is active; none but a session ends'),
  })
  .meta({ id: 'Me' });

export const User = z
  .object({ name: z.string(), grants: z.array(Grant), createdAt: Moment, createdBy: z.string(), disabled: z.boolean() })
  .meta({ id: 'User' });

export const Token = z
  .object({
    id: z.string(),
    name: z.string(),
    grants: z.array(Grant),
    createdAt: Moment,
    createdBy: z.string(),
    expiresAt: Moment,
    revokedAt: Moment.optional(),
    lastUsedAt: Moment.optional(),
  })
  .meta({ id: 'Token' });

export const Session = z
  .object({
    id: z.string().describe('what it is called here; it lets nobody in'),
    user: z.string(),
    createdAt: Moment,
    lastSeenAt: Moment.describe('when somebody was last active in it, milliseconds since 1970'),
    endsAt: Moment.describe('when it ends if nobody is active in it any more, milliseconds since 1970'),
    address: z.string().describe('where its user logged in from'),
    isAsker: z.boolean().describe('it is the one in which this was asked'),
  })
  .meta({ id: 'Session' });

export const accessRoutes = {
  setup: route({
    method: 'POST',
    path: '/api/v1/setup',
    summary: 'Makes the first administrator, once, with the secret that the controller printed when it first started',
    permission: 'public',
    reach: 'site',
    body: z.strictObject({ link: z.string().max(200), name: UserName, password: Password }),
    response: User,
  }),
  login: route({
    method: 'POST',
    path: '/api/v1/login',
    summary: 'Begins a session, in a cookie',
    permission: 'public',
    reach: 'site',
    body: z.strictObject({ name: z.string().max(100), password: Password }),
    response: Me,
  }),
  openScreen: route({
    method: 'POST',
    path: '/api/v1/screen',
    summary: 'Shows the console in this browser with a token that only looks, in a cookie, until the token ends',
    permission: 'public',
    reach: 'site',
    body: z.strictObject({ token: z.string().max(200) }),
    response: Me,
  }),
  logout: route({
    method: 'POST',
    path: '/api/v1/logout',
    summary: 'Ends the session',
    permission: 'read',
    reach: 'listed',
    response: undefined,
  }),
  me: route({
    method: 'GET',
    path: '/api/v1/me',
    summary: 'Who the asker is and what they may do',
    permission: 'read',
    reach: 'listed',
    response: Me,
  }),
  changePassword: route({
    method: 'POST',
    path: '/api/v1/me/password',
    summary: 'Gives the asker, who is a user, another password; ends all of the user’s sessions',
    permission: 'read',
    reach: 'listed',
    body: z.strictObject({ old: Password, password: Password }),
    response: undefined,
  }),
  sessions: route({
    method: 'GET',
    path: '/api/v1/sessions',
    summary: 'Who is logged in: the asker’s own sessions, and everybody’s for whoever manages accounts',
    permission: 'read',
    reach: 'listed',
    response: z.array(Session),
  }),
  endSession: route({
    method: 'DELETE',
    path: '/api/v1/sessions/:id',
    summary: 'Ends a session at once: one of the asker’s own, or anybody’s for whoever manages accounts',
    permission: 'read',
    reach: 'listed',
    params: z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) }),
    response: undefined,
  }),
  users: route({
    method: 'GET',
    path: '/api/v1/users',
    summary: 'All users',
    permission: 'manage',
    reach: 'site',
    response: z.array(User),
  }),
  addUser: route({
    method: 'POST',
    path: '/api/v1/users',
    summary: 'Adds a user',
    permission: 'manage',
    reach: 'site',
    body: z.strictObject({ name: UserName, password: Password, grants: z.array(Grant).min(1) }),
    response: User,
  }),
  changeUser: route({
    method: 'PATCH',
    path: '/api/v1/users/:name',
    summary: 'Changes a user’s grants or password, or disables the user; ends the user’s sessions',
    permission: 'manage',
    reach: 'site',
    params: z.object({ name: UserName }),
    body: z.strictObject({
      grants: z.array(Grant).min(1).optional(),
      password: Password.optional(),
      disabled: z.boolean().optional(),
    }),
    response: User,
  }),
  removeUser: route({
    method: 'DELETE',
    path: '/api/v1/users/:name',
    summary: 'Removes a user',
    permission: 'manage',
    reach: 'site',
    params: z.object({ name: UserName }),
    response: undefined,
  }),
  tokens: route({
    method: 'GET',
    path: '/api/v1/tokens',
    summary: 'API tokens; never their secrets',
    permission: 'manage',
    reach: 'site',
    response: z.array(Token),
  }),
  addToken: route({
    method: 'POST',
    path: '/api/v1/tokens',
    summary: 'Makes an API token; its secret is shown this once',
    permission: 'manage',
    reach: 'site',
    body: z.strictObject({ name: UserName, grants: z.array(Grant).min(1), expires: Span }),
    response: Token.extend({ secret: z.string() }),
  }),
  revokeToken: route({
    method: 'DELETE',
    path: '/api/v1/tokens/:id',
    summary: 'Revokes an API token at once',
    permission: 'manage',
    reach: 'site',
    params: z.object({ id: z.coerce.number().int().min(1) }),
    response: undefined,
  }),
} as const;
