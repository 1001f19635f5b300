export { areFull, covers, demand, localPrincipal, may, PERMISSIONS, reachOf, ROLES } from './grants.ts';
export type { Grant, Permission, Principal, Role } from './grants.ts';
export type { Cost } from './passwords.ts';
export {
  authenticateSession,
  endSession,
  logIn,
  logOut,
  openSessions,
  SESSION_LIMITS,
  sessionEndsIn,
  sessionName,
} from './sessions.ts';
export type { Login, OpenSession, Session, SessionLimits } from './sessions.ts';
export { retryAfter } from './throttle.ts';
export {
  authenticateScreen,
  authenticateToken,
  createToken,
  isToken,
  LONGEST_TOKEN,
  revokeToken,
  tokens,
} from './tokens.ts';
export type { NewToken, Token } from './tokens.ts';
export { changePassword, changeUser, createUser, endSessions, removeUser, user, users } from './users.ts';
export type { Ended, NewUser, User, UserChange } from './users.ts';
export { FIRST_LINK_LIFETIME, firstLink, redeemFirstLink } from './first.ts';
