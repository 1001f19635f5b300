import type { Condition, Path } from '#spec';

import { type Line, lines, quote } from './line.ts';

/** The acl lines for one condition, and the words that hold where all of it does. */
export type Rendered = { readonly acls: readonly Line[]; readonly words: string };

/** Where a DICOM frontend keeps the AE titles of the association request. */
export const CALLED = 'var(sess.called)';
export const CALLING = 'var(sess.calling)';

/**
 * A condition as named acls: every named part must hold, any value of a part will do. `name` is unique in the frontend.
 * A path prefix ends at a segment: `/fhir` takes `/fhir` and `/fhir/Patient`, not `/fhirsomething`.
 */
export function condition(name: string, when: Condition, path: Path): Rendered {
  const parts: [string, string, readonly string[] | undefined][] = [
    ['called', `${CALLED} -m str`, when.calledAeTitle],
    ['calling', `${CALLING} -m str`, when.callingAeTitle],
    ['source', 'src', when.sources],
    ['host', 'req.hdr(host),field(1,:),lower -m str', when.host?.map((host) => host.toLowerCase())],
  ];
  const named = parts.flatMap(([part, test, values]) =>
    values === undefined || values.length === 0
      ? []
      : [{ name: `${name}-${part}`, tests: [`${test} -- ${values.map(quote).join(' ')}`] }],
  );
  if (when.pathPrefix !== undefined && when.pathPrefix.length > 0) {
    named.push({ name: `${name}-path`, tests: when.pathPrefix.flatMap(pathTests) });
  }
  return {
    acls: lines(
      path,
      named.flatMap((acl) => acl.tests.map((test) => `acl ${acl.name} ${test}`)),
    ),
    words: named.map((acl) => acl.name).join(' '),
  };
}

function pathTests(prefix: string): readonly string[] {
  const bare = prefix.replace(/\/+$/, '');
  return bare === '' ? ['path -m beg "/"'] : [`path -m str ${quote(bare)}`, `path -m beg ${quote(`${bare}/`)}`];
}
