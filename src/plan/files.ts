import { Secret } from '#lib';

import type { Desired, DesiredFile } from './desired.ts';
import { fileUse } from './facts.ts';
import { live, type LiveAbilities, none, reload, type Verdict } from './live.ts';

/** Which of the files that the spec names the engine reads. */
export type FileUse = {
  /** The running engine has it, or is given it before anything needs it. */
  readonly isLoaded: (name: string) => boolean;
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
  /** Those that are for servers, not for listeners. */
  readonly ofServers: ReadonlySet<string>;
};

export function filesInUse(running: Desired, desired: Desired): FileUse {
  const [wasOfServers, isOfServers] = [usedByServers(running), usedByServers(desired)];
  const before = new Set([...usedByListeners(running), ...wasOfServers]);
  const after = new Set([...usedByListeners(desired), ...isOfServers]);
  const known = new Set(running.files.map(({ name }) => name));
  const added = new Set(desired.files.map(({ name }) => name).filter((name) => !known.has(name)));
  return {
    isLoaded: (name) => before.has(name) || added.has(name),
    before,
    after,
    ofServers: new Set([...wasOfServers, ...isOfServers]),
  };
}

const usedByListeners = ({ frontends }: Desired): readonly string[] =>
  frontends
    .flatMap(({ tls }) => [...(tls?.certificates ?? []), tls?.clients?.caFile])
    .filter((name) => name !== undefined);

const usedByServers = ({ backends }: Desired): readonly string[] =>
  backends
    .flatMap(({ servers }) => servers.flatMap(({ tls }) => (tls ? [tls.caFile, tls.certificate] : [])))
    .filter((name) => name !== undefined);

/** A file that comes, goes, or has other content. */
export function changedFile(
  from: DesiredFile | undefined,
  to: DesiredFile | undefined,
  use: FileUse,
  can: LiveAbilities,
): Verdict {
  const name = (to ?? from)?.name ?? '';
  const isUsed = (to === undefined ? use.before : use.after).has(name);
  if (!isUsed) return none;
  if (from !== undefined && to !== undefined && !use.before.has(name))
    return reload('HAProxy has not read the file yet');
  if (to !== undefined && to.content.reveal().length > can.largestFile)
    return reload('the file is too large to be given to HAProxy while it runs');
  if (from !== undefined && to !== undefined && use.ofServers.has(name))
    return reload('HAProxy reads the CAs of servers, and what it shows them, only as it reloads');
  if (from !== undefined && to !== undefined && fileUse(name) === 'authorities' && !onlyAdds(from, to))
    return reload('a client of a CA that has gone could come back with the TLS session it had');
  return live({ kind: 'file', from, to });
}

/** True where every CA that was trusted still is. What was written down has no content left to tell by. */
function onlyAdds(from: DesiredFile, to: DesiredFile): boolean {
  const [was, is] = [certificatesIn(from), certificatesIn(to)];
  return was.length > 0 && was.every((certificate) => is.includes(certificate));
}

const certificatesIn = ({ content }: DesiredFile): readonly string[] =>
  content instanceof Secret
    ? [...content.reveal().matchAll(CERTIFICATE)].map(([, text = '']) => text.replaceAll(/\s/g, ''))
    : [];

const CERTIFICATE = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;
