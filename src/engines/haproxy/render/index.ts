import type { Desired, Frontend } from '#plan';
import type { Secret } from '#lib';
import type { Path } from '#spec';

import { backend } from './backend.ts';
import { allowListName, behindListName, frontend } from './frontend.ts';
import { globalSections, type RenderOptions } from './global.ts';
import { line } from './line.ts';
import { relayBackend } from './relay.ts';
import { DICOM_LUA, pages } from './refusals.ts';
import { certificateList, certificateListName } from './tls.ts';

export { serverWords } from './backend.ts';
export { allowListName } from './frontend.ts';
export { certificateListName } from './tls.ts';
export { needsTable } from './persistence.ts';
export type { RenderOptions } from './global.ts';
export { EVENTS, LOADS } from './global.ts';

export const CONFIGURATION = 'haproxy.cfg';

/** A whole configuration: every file HAProxy reads, by its name relative to the configuration's directory. */
export type Rendered = {
  readonly files: ReadonlyMap<string, string | Secret>;
  /** For each line of haproxy.cfg, from 1: the place in the spec that asked for it. */
  readonly origin: (lineNumber: number) => Path | undefined;
};

/** Writes the desired state as HAProxy's configuration: the same state gives the same bytes. */
export function render(desired: Desired, options: RenderOptions): Rendered {
  const needsLua = desired.frontends.some((wanted) => wanted.protocol === 'dicom');
  const measured = new Set(desired.backends.filter((wanted) => wanted.measured).map(({ service }) => service));
  const all = [
    line('# Written by Vagus. Changes made here are lost: change the spec and apply it.'),
    ...globalSections(desired, options, needsLua),
    ...desired.frontends.flatMap((wanted) => frontend(wanted, measured.has(wanted.name))),
    ...desired.relays.flatMap((relay) => relayBackend(relay, options)),
    ...desired.backends.flatMap(backend),
  ];
  const files = new Map<string, string | Secret>([
    [CONFIGURATION, all.map(({ text }) => `${text}\n`).join('')],
    ...(needsLua ? [['refusals.lua', DICOM_LUA] as const] : []),
    ...(desired.frontends.some(({ answers }) => answers === 'html') ? pages() : []),
    ...desired.frontends.flatMap(lists),
    ...desired.files.map(({ name, content }) => [name, content] as const),
  ]);
  return { files, origin: (lineNumber) => all[lineNumber - 1]?.path };
}

function lists({ name, behind, tls, allow, protocol }: Frontend): [string, string][] {
  const text = (entries: readonly string[]) => entries.map((entry) => `${entry}\n`).join('');
  return [
    ...(tls ? [[certificateListName(name), certificateList(tls)] as [string, string]] : []),
    ...(behind ? [[behindListName(name), text(behind.sources)] as [string, string]] : []),
    ...(allow.sources.length > 0 ? [[allowListName(name, 'sources'), text(allow.sources)] as [string, string]] : []),
    ...(protocol === 'dicom' && allow.callingAeTitles.length > 0
      ? [[allowListName(name, 'calling'), text(allow.callingAeTitles)] as [string, string]]
      : []),
  ];
}
