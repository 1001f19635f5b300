import { join } from 'node:path';

import { intakeSocketName, type Relay } from '#plan';
import { readConfiguration } from '#relay';
import type { Path } from '#spec';
import { socketPath } from '#system';

import type { RelayLayout } from './layout.ts';
import type { Rendered } from './render.ts';

/** One thing that the relay would refuse. */
export type Complaint = { readonly message: string; readonly path: Path };

/**
 * The relay's own judgement, by what it reads its configuration with, on what was rendered for `relays`: the very files, before
 * any of them is written.
 */
export function judge(relays: readonly Relay[], { text, files }: Rendered, layout: RelayLayout): readonly Complaint[] {
  const read = readConfiguration(text, (path) => files.get(path)?.reveal());
  const complaints = read.ok ? [] : read.error.message.split('\n').map((line) => complaintOf(line, relays));
  return [...complaints, ...relays.flatMap((relay) => socketComplaint(relay, layout))];
}

const PLACE = /^services\[(\d+)\](?:\.destinations\[(\d+)\](?:\.servers\[(\d+)\])?)?\S* /;

/** A line that begins with where it is in the configuration, as one with where that came from in the spec. */
function complaintOf(line: string, relays: readonly Relay[]): Complaint {
  const [, ...indexes] = PLACE.exec(line) ?? [];
  const [service, destination, server] = indexes.map((index) => (index === undefined ? -1 : Number(index)));
  const relay = relays[service ?? -1];
  const found = relay?.destinations[destination ?? -1];
  const path = found?.servers[server ?? -1]?.path ?? found?.path ?? relay?.path ?? [];
  return { message: line, path };
}

function socketComplaint(relay: Relay, layout: RelayLayout): readonly Complaint[] {
  const possible = socketPath(join(layout.directory, intakeSocketName(relay)));
  return possible.ok ? [] : [{ message: possible.error.message, path: relay.path }];
}
