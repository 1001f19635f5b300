/** Tells a journal from other databases: `vagq` in ASCII. */
export const APPLICATION_ID = 0x76_61_67_71;

/** What brings a journal from one version to the next, in order. One that was released is never edited. */
export const migrations: readonly string[] = [
  `
CREATE TABLE settings (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

-- Where messages wait: a destination of a service.
CREATE TABLE queues (
  id INTEGER PRIMARY KEY,
  service TEXT NOT NULL,
  destination TEXT NOT NULL,
  held INTEGER NOT NULL DEFAULT 0,
  UNIQUE (service, destination)
) STRICT;

-- The next id of all: of deliveries, whose ids are their order, and of messages, which have that of their first delivery.
CREATE TABLE ids (next INTEGER NOT NULL) STRICT;
INSERT INTO ids (next) VALUES (1);

CREATE TABLE messages (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, frame BLOB NOT NULL) STRICT;

-- Messages that more than one delivery still needs. Most are needed by one, and are not here.
CREATE TABLE shared (message INTEGER PRIMARY KEY, deliveries INTEGER NOT NULL) STRICT;

-- Messages on their way to a destination, and those that were given up.
CREATE TABLE waiting (
  queue INTEGER NOT NULL,
  id INTEGER NOT NULL,
  message INTEGER NOT NULL,
  keys TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL DEFAULT 0,
  server TEXT,
  PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE dead (
  queue INTEGER NOT NULL,
  id INTEGER NOT NULL,
  message INTEGER NOT NULL,
  keys TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (queue, id)
) STRICT, WITHOUT ROWID;

-- What was stored lately, to know again what senders repeat.
CREATE TABLE seen (identity BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
`,
];
