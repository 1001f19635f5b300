import type { Frontend } from './desired.ts';
import { differingFields, isSame } from './differences.ts';
import type { FileUse } from './files.ts';
import { live, none, reload, type Verdict } from './live.ts';
import { sameOrder } from './standing.ts';

/** A part of a service that can change by itself, in the spec's words, and whether it can do so live. */
export type Part = { readonly fields: readonly string[]; readonly verdict: Verdict };

/** What no engine sees of a service: a comment names the preset, and pools have the time-out of tunnels. */
const UNSEEN: ReadonlySet<string> = new Set(['preset', 'tunnelTimeout']);

const BECAUSE: Readonly<Record<string, string>> = {
  listen: 'HAProxy opens and closes listeners only as it reloads',
  tls: 'TLS settings of a listener are set only as HAProxy reloads',
};
const RULES = 'the rules of a service are set only as HAProxy reloads';

/** What differs in a service that stays, each part with what it takes. */
export function changedFrontend(from: Frontend, to: Frontend, files: FileUse): readonly Part[] {
  const fields = differingFields(from, to);
  const whole = fields.filter((field) => !['allow', 'tls'].includes(field));
  return [
    ...whole.filter((field) => UNSEEN.has(field)).map((field) => ({ fields: [field], verdict: none })),
    ...(fields.includes('tls') ? tls(from, to, files) : []),
    ...(fields.includes('allow') ? [allow(from, to, 'sources'), allow(from, to, 'calling')] : []),
    ...whole
      .filter((field) => !UNSEEN.has(field))
      .map((field) => ({ fields: [field], verdict: reload(BECAUSE[field] ?? RULES) })),
  ].filter((part) => part !== undefined);
}

function tls(from: Frontend, to: Frontend, files: FileUse): readonly Part[] {
  const [a, b] = [from.tls, to.tls];
  if (!a || !b || !isSame({ ...a, certificates: [] }, { ...b, certificates: [] }))
    return [{ fields: ['tls'], verdict: reload(BECAUSE['tls'] ?? RULES) }];
  return [{ fields: ['tls.certificate'], verdict: certificates(to.name, a.certificates, b.certificates, files) }];
}

function certificates(service: string, from: readonly string[], to: readonly string[], files: FileUse): Verdict {
  if (from[0] !== to[0]) return reload('another certificate answers clients that name no host');
  const added = to.filter((name) => !from.includes(name));
  const atTheEnd = to.slice(to.length - added.length).every((name) => added.includes(name));
  if (!atTheEnd || !sameOrder(from, to)) return reload('the order of the certificates is set only as HAProxy reloads');
  if (!added.every((name) => files.isLoaded(name))) return reload('HAProxy has not read the certificate yet');
  return live({ kind: 'certificates', service, from, to });
}

/** What an AE title in a list may not have for the list to be changed live: it would be written into a rule, or not be one word. */
const AWKWARD = /^#|<</;

function allow(before: Frontend, after: Frontend, list: 'sources' | 'calling'): Part | undefined {
  const field = list === 'sources' ? 'sources' : 'callingAeTitles';
  const [from, to] = [before.allow[field], after.allow[field]];
  if (isSame(from, to)) return undefined;
  const verdict = (): Verdict => {
    if (list === 'calling' && before.protocol !== 'dicom' && after.protocol !== 'dicom') return none;
    if (from.length === 0) return reload('everybody might use the service until now, and now there is a rule');
    if (to.length === 0) return reload('everybody may use the service from now on, and there is no rule any more');
    const awkward = (titles: readonly string[]) => titles.filter((title) => AWKWARD.test(title));
    if (!isSame(awkward(from), awkward(to)))
      return reload('an AE title that begins with # or holds << is part of a rule');
    return live({ kind: 'allow', service: after.name, list, from, to });
  };
  return { fields: [`allow.${field}`], verdict: verdict() };
}
