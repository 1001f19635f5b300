import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import type { ConsoleFile, ConsoleFiles } from '#api';

/** Where `make console` leaves it. */
const BUILT = fileURLToPath(new URL('../../console/dist/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The built console, read into memory once: it is small, and stays as it is while the controller runs. Empty where there is none. */
export function readConsole(folder: string = BUILT): ConsoleFiles {
  return new Map(
    filesIn(folder).flatMap((path): [string, ConsoleFile][] => {
      const type = TYPES[extname(path)];
      if (type === undefined) return [];
      const body = readFileSync(join(folder, path));
      return [[`/${path}`, { type, body, gzip: gzipSync(body) }]];
    }),
  );
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch {
    // It was not built; whoever opens it is told how to.
    return [];
  }
}
