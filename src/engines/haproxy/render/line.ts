import type { Path } from '#spec';

/** One line of haproxy.cfg and the place in the spec that asked for it. */
export type Line = { readonly text: string; readonly path: Path | undefined };

export const line = (text: string, path?: Path): Line => ({ text, path });

/** Lines inside a section, all asked for by one place in the spec. */
export const lines = (path: Path | undefined, texts: readonly (string | false | undefined)[]): readonly Line[] =>
  texts.filter((text): text is string => typeof text === 'string').map((text) => line(`  ${text}`, path));

/** A section with a comment above it that says, in the spec's names, what it is. */
export const section = (
  comment: string,
  head: string,
  path: Path | undefined,
  body: readonly Line[],
): readonly Line[] => [line(''), line(`# ${comment}`), line(head, path), ...body];

/** One argument of HAProxy's that means itself, whatever it holds: in single quotes, or in double ones with escapes. */
export const quote = (text: string): string =>
  text.includes("'") ? `"${text.replace(/[\\"$]/g, '\\$&')}"` : `'${text}'`;

/** The same where HAProxy reads a log format, which gives `%` a meaning. */
export const quoteFormat = (text: string): string => quote(text.replaceAll('%', '%%'));
