/** Tells a store of Vagus from the databases of other programs: `vagu` in ASCII. */
export const APPLICATION_ID = 0x76_61_67_75;

/**
 * What brings a store from one version to the next, in order; its version is how many of them it has seen. They only go
 * forward, and one that was released is never edited: what is wrong with it is mended by another.
 */
export const migrations: readonly string[] = [
  `
CREATE TABLE revisions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  parent INTEGER,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  why TEXT,
  origin TEXT NOT NULL CHECK (origin IN ('file', 'api', 'patch', 'rollback', 'vagus')),
  file TEXT,
  file_digest TEXT,
  text TEXT,
  patch TEXT CHECK (json_valid(patch)),
  state TEXT NOT NULL CHECK (state IN ('applying', 'watching', 'unconfirmed', 'applied', 'failed', 'undone')),
  good INTEGER NOT NULL GENERATED ALWAYS AS (state IN ('watching', 'unconfirmed', 'applied')) VIRTUAL,
  how TEXT,
  detail TEXT CHECK (json_valid(detail)),
  configuration TEXT,
  confirm_by INTEGER,
  reason TEXT,
  CHECK (text IS NOT NULL OR (patch IS NOT NULL AND parent IS NOT NULL))
) STRICT;
CREATE INDEX revisions_good ON revisions (good, number);
CREATE INDEX revisions_applying ON revisions (number) WHERE state = 'applying';
CREATE INDEX revisions_file ON revisions (file, number) WHERE origin = 'file';

CREATE TABLE overrides (
  key TEXT PRIMARY KEY,
  backend TEXT NOT NULL,
  server TEXT NOT NULL,
  label TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('drain', 'maint')),
  who TEXT NOT NULL,
  why TEXT,
  since INTEGER NOT NULL,
  deadline INTEGER,
  window_id INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE windows (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL CHECK (ends > starts),
  who TEXT NOT NULL,
  why TEXT,
  force INTEGER NOT NULL CHECK (force IN (0, 1)),
  state TEXT NOT NULL CHECK (state IN ('planned', 'active', 'ended', 'cancelled')),
  open INTEGER NOT NULL GENERATED ALWAYS AS (state IN ('planned', 'active')) VIRTUAL
) STRICT;
CREATE INDEX windows_open ON windows (open, starts);

CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('done', 'refused', 'failed')),
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_who ON audit (who, seq);
CREATE INDEX audit_action ON audit (action, seq);
CREATE TABLE audit_head (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  entries INTEGER NOT NULL,
  hash TEXT NOT NULL
) STRICT;
INSERT INTO audit_head VALUES (1, 0, '');
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit WHEN NEW.seq <> (SELECT entries + 1 FROM audit_head)
  BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
  BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.entries <> OLD.entries + 1
  BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;

CREATE TABLE events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT,
  tone TEXT NOT NULL,
  text TEXT NOT NULL,
  service TEXT,
  server TEXT
) STRICT;
CREATE TRIGGER events_bounded AFTER INSERT ON events BEGIN DELETE FROM events WHERE id <= NEW.id - 10000; END;

CREATE TABLE reloads (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  asked_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT NOT NULL CHECK (outcome IN ('waiting', 'running', 'done', 'failed')),
  message TEXT,
  revision INTEGER
) STRICT;
CREATE INDEX reloads_open ON reloads (id) WHERE ended_at IS NULL;
CREATE TRIGGER reloads_bounded AFTER INSERT ON reloads BEGIN DELETE FROM reloads WHERE id <= NEW.id - 1000; END;

CREATE TABLE peaks (
  backend TEXT NOT NULL,
  hour INTEGER NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (backend, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX peaks_hour ON peaks (hour);

CREATE TABLE users (
  name TEXT PRIMARY KEY,
  password_hash TEXT NOT NULL,
  grants TEXT NOT NULL CHECK (json_valid(grants)),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  grants TEXT NOT NULL CHECK (json_valid(grants)),
  owner TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  revoked_at INTEGER,
  last_used_at INTEGER
) STRICT;
CREATE UNIQUE INDEX tokens_name ON tokens (name) WHERE revoked_at IS NULL;
CREATE INDEX tokens_owner ON tokens (owner);

CREATE TABLE sessions (
  id_hash TEXT PRIMARY KEY,
  user TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  address TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE attempts (
  key TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_last ON attempts (last_at);

CREATE TABLE setup_link (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  hash TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT;
`,
  `
CREATE TABLE history (
  step INTEGER NOT NULL,
  at INTEGER NOT NULL,
  service TEXT NOT NULL,
  points TEXT NOT NULL,
  PRIMARY KEY (step, at, service)
) STRICT, WITHOUT ROWID;
`,
];
