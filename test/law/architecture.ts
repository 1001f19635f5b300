import { readFileSync } from 'node:fs';

/** A row of a table in ARCHITECTURE.md. */
export type Room = {
  /** `lib`, `engines/haproxy`; for a folder beside `src/`, its name: `demo`. */
  readonly name: string;
  /** From the top of the project: `src/lib`, `demo`. */
  readonly folder: string;
  readonly charter: string;
  /** A pure room touches nothing outside itself: it may use only harmless builtins. */
  readonly pure: boolean;
  /** Rooms, packages and builtins; `every room` and `node:*` stand for all of their kind. */
  readonly mayImport: readonly string[];
};

const HEADERS = { room: 'src/', folder: '' } as const;

/**
 * Reads the tables headed `room | charter | may import` (folders of `src/`) and `folder | charter | may import` (folders beside it).
 * Throws on a row that is not understood: a law that skips lines is none.
 */
export function readRooms(architecture: string): Room[] {
  const lines = architecture.split('\n');
  return Object.entries(HEADERS).flatMap(([word, prefix]) => {
    const header = lines.indexOf(`| ${word} | charter | may import |`);
    if (header === -1) throw new Error(`ARCHITECTURE.md has no table "${word} | charter | may import"`);
    const after = lines.slice(header + 2);
    const end = after.findIndex((line) => !line.startsWith('|'));
    return after.slice(0, end === -1 ? undefined : end).map((line) => readRow(line, prefix));
  });
}

function readRow(line: string, prefix: string): Room {
  const [, name, charter, mayImport] = /^\| `([a-z/]+)\/` \| (.+?) \| (.+?) \|$/.exec(line) ?? [];
  if (name === undefined || charter === undefined || mayImport === undefined) {
    throw new Error(`a row of ARCHITECTURE.md is not understood: ${line}`);
  }
  return {
    name,
    folder: `${prefix}${name}`,
    charter,
    pure: charter.endsWith(' Pure.'),
    mayImport: mayImport === '–' ? [] : mayImport.split(', ').map((word) => word.replaceAll('`', '')),
  };
}

export const rooms = readRooms(readFileSync('ARCHITECTURE.md', 'utf8'));
