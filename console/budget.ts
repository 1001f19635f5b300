import { gzipSync } from 'node:zlib';
import type { Plugin, Rollup } from 'vite';

/** What a browser has to load before it shows anything: bytes of script, compressed. */
const MOST = 200 * 1024;

/** Fails a build whose first page needs more script than a slow line should have to carry. */
export function budget(): Plugin {
  return {
    name: 'budget',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((output) => output.type === 'chunk');
      const entries = chunks.filter(({ isEntry }) => isEntry);
      const bytes = [...reached(entries, new Map(chunks.map((chunk) => [chunk.fileName, chunk])))]
        .map(({ code }) => gzipSync(code).length)
        .reduce((sum, size) => sum + size, 0);
      const inWords = `the console's first page needs ${Math.ceil(bytes / 1024)} KB of script, compressed`;
      if (bytes > MOST)
        this.error(`${inWords}; ${MOST / 1024} KB is the most: import a page's own parts from the page`);
      this.info(inWords);
    },
  };
}

/** The chunks that are loaded with the first ones, whatever page is opened. */
function reached(
  entries: readonly Rollup.OutputChunk[],
  byName: ReadonlyMap<string, Rollup.OutputChunk>,
): ReadonlySet<Rollup.OutputChunk> {
  const found = new Set<Rollup.OutputChunk>();
  const visit = (chunk: Rollup.OutputChunk): void => {
    if (found.has(chunk)) return;
    found.add(chunk);
    for (const name of chunk.imports) {
      const imported = byName.get(name);
      if (imported) visit(imported);
    }
  };
  entries.forEach(visit);
  return found;
}
