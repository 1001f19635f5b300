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

CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  frame BLOB NOT NULL
) STRICT;

-- A message on its way to a destination. Its id is its place in the order.
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  queue INTEGER NOT NULL,
  message INTEGER NOT NULL,
  keys TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due INTEGER NOT NULL DEFAULT 0,
  server TEXT,
  dead TEXT,
  dead_at INTEGER
) STRICT;
CREATE INDEX deliveries_waiting ON deliveries (queue, id) WHERE dead IS NULL;
CREATE INDEX deliveries_dead ON deliveries (queue, id) WHERE dead IS NOT NULL;
CREATE INDEX deliveries_message ON deliveries (message);

-- What was stored lately, to know again what senders repeat.
CREATE TABLE seen (identity BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX seen_at ON seen (at);
`,
];
