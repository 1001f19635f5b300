export { transaction } from './database.ts';
export type { Store } from './database.ts';
export { closeStore, openStore } from './open.ts';
export {
  beginRevision,
  currentRevision,
  endRevision,
  lastTakenFromFile,
  markRevision,
  pruneRevisions,
  revision,
  revisionChain,
  revisions,
  setConfiguration,
  setText,
  unfinishedRevisions,
} from './revisions.ts';
export type { NewRevision, Origin, Revision, RevisionEnd, RevisionState, RevisionSummary } from './revisions.ts';
export { clearOverride, overrides, setOverride } from './overrides.ts';
export type { Override } from './overrides.ts';
export { addWindow, maintenanceWindow, maintenanceWindows, openWindows, updateWindow } from './windows.ts';
export type { MaintenanceWindow, NewWindow, WindowState } from './windows.ts';
export { appendAudit, auditEntries, auditHead, auditTrail } from './audit.ts';
export type { AuditEntry, AuditFilter, AuditHead, NewAuditEntry } from './audit.ts';
export { verifyAudit } from './verify.ts';
export type { AuditVerdict } from './verify.ts';
export { appendEvent, eventsAfter, lastEventId, newestEvents } from './events.ts';
export type { EventFilter, NewEvent, StoredEvent } from './events.ts';
export { beginReload, endReload, endReloads, reload, reloads, runReload } from './reloads.ts';
export type { Reload } from './reloads.ts';
export { hourOf, notePeaks, peakOf } from './peaks.ts';
export type { Peak } from './peaks.ts';
export { addHistory, historyOf } from './history.ts';
export type { HistoryKept, HistoryRow } from './history.ts';
export { addUser, allUsers, deleteUser, findUser, setPasswordHash, setUserDisabled, setUserGrants } from './users.ts';
export type { StoredUser } from './users.ts';
export {
  addToken,
  allTokens,
  findToken,
  findTokenByHash,
  findTokenByName,
  markTokenRevoked,
  markTokenUsed,
  tokensOwnedBy,
} from './tokens.ts';
export type { StoredToken } from './tokens.ts';
export { addSession, allSessions, deleteSession, deleteSessionsOf, findSession, markSessionSeen } from './sessions.ts';
export type { StoredSession } from './sessions.ts';
export { clearAttempts, findAttempts, forgetAttempts, setAttempts } from './attempts.ts';
export type { Attempts } from './attempts.ts';
export { isSetupLinkOpen, setSetupLink, useSetupLink } from './setup-link.ts';
