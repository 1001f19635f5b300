import type { Fault } from '#lib';
import type { Step } from '#plan';

import type { Submission } from './conduct.ts';
import { fault } from './errors.ts';
import type { Standing } from './standing.ts';

/** Why a change cannot be made at all as things stand; undefined where nothing speaks against it. */
export function hindranceTo(
  standing: Standing | undefined,
  options: Pick<Submission, 'ifRevision' | 'ifUnconfirmed' | 'takesBack'>,
): Fault | undefined {
  const { ifRevision } = options;
  const current = standing?.revision;
  if (ifRevision !== undefined && ifRevision !== current?.number) {
    const message = `revision ${current?.number ?? 0} is in force, not ${ifRevision}: look at what has changed, and ask again`;
    return fault('apply-revision', message);
  }
  if (options.ifUnconfirmed === true && current?.state !== 'unconfirmed') {
    return fault('apply-nothing-to-confirm', 'it was confirmed at the last moment');
  }
  if (current?.state === 'unconfirmed' && options.takesBack !== true) {
    const message = `revision ${current.number} by ${current.by} waits to be confirmed: confirm it or roll it back first`;
    return fault('apply-unconfirmed', message);
  }
  return undefined;
}

/**
 * Why an asker may not make a change: it reaches services that are not theirs. One that has no step reaches `services`;
 * where these are not known, as for a comment, the whole site.
 */
export function outOfReach(
  steps: readonly Step[],
  services: readonly string[] | undefined,
  { mayChange }: Pick<Submission, 'mayChange'>,
): Fault | undefined {
  const touched = steps.length === 0 ? (services ?? [undefined]) : steps.map(({ service }) => service);
  const foreign = touched.filter((service) => !mayChange(service));
  if (foreign.length === 0) return undefined;
  const names = [...new Set(foreign.map((service) => service ?? 'the whole site'))].join(', ');
  return fault('apply-scope', `you may not change ${names}; nothing was changed`);
}
