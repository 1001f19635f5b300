import { formatDuration } from '#lib';
import type { Backend } from '#plan';

import { quote } from './line.ts';

/** The peers section that hands stick tables from one worker to the next across a reload. */
export const PEERS = 'vagus-reload';

export const needsTable = (backend: Backend): boolean =>
  ['source', 'header', 'path'].includes(backend.persistence.kind);

/**
 * What keeps a client with its server. Header values and study identifiers are kept as digests: a table shows nothing of
 * them.
 */
export function persistence(backend: Backend): readonly string[] {
  const { persistence: wanted } = backend;
  switch (wanted.kind) {
    case 'none':
      return [];
    case 'cookie':
      return [
        `cookie ${wanted.name} insert indirect nocache httponly${backend.overTls ? ' secure' : ''} attr "SameSite=Lax"`,
      ];
    case 'source':
      return [table('type ipv6', wanted.for), 'stick on src'];
    case 'header':
      return [table('type binary len 20', wanted.for), `stick on req.hdr(${wanted.name}),sha1`];
    case 'path':
      return [
        `http-request set-var(txn.study) ${quote(`path,regsub('^.*/studies/([0-9.]+).*$','\\1')`)} if { path -m reg "/studies/[0-9.]+" }`,
        table('type binary len 20', wanted.for),
        'stick on var(txn.study),sha1',
      ];
  }
}

const table = (key: string, expire: number): string =>
  `stick-table ${key} size 100k expire ${formatDuration(expire)} peers ${PEERS}`;
