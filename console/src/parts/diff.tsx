import { structuredPatch } from 'diff';
import type { ReactNode } from 'react';

import './diff.css';

/** Lines around a difference. */
const CONTEXT = 3;

/** More than anybody reads in a page. */
const MOST_LINES = 2_000;

type Props = {
  readonly before: string;
  readonly after: string;
  /** What the two are called: `Revision 4`. */
  readonly names: readonly [before: string, after: string];
};

/** What is different between two texts, with the lines around it. */
export function Diff({ before, after, names }: Props): ReactNode {
  const { hunks } = structuredPatch(...names, before, after, undefined, undefined, { context: CONTEXT });
  const [added, removed] = ['+', '-'].map((sign) =>
    hunks.flatMap(({ lines }) => lines).filter((line) => line.startsWith(sign)),
  );
  if (hunks.length === 0) return <p className="quiet">No difference: the texts are the same.</p>;
  const lines = hunks.flatMap(linesOf);
  return (
    <figure className="diff">
      <figcaption className="small quiet">
        From {names[0]} to {names[1]}: {added?.length} added, {removed?.length} removed
      </figcaption>
      <pre tabIndex={0} role="region" aria-label={`Difference of ${names[0]} and ${names[1]}`}>
        {lines.slice(0, MOST_LINES).map(({ key, kind, text }) => (
          <span key={key} className="diff-line" data-kind={kind}>
            {text}
          </span>
        ))}
      </pre>
      {lines.length > MOST_LINES && <p className="quiet small">{lines.length - MOST_LINES} more lines</p>}
    </figure>
  );
}

type Line = { readonly key: string; readonly kind: 'added' | 'removed' | 'same' | 'place'; readonly text: string };
type Hunk = ReturnType<typeof structuredPatch>['hunks'][number];

const KINDS: Readonly<Record<string, Line['kind']>> = { '+': 'added', '-': 'removed' };

function linesOf({ oldStart, newStart, lines }: Hunk): readonly Line[] {
  const said = lines.filter((line) => !line.startsWith('\\'));
  return [
    { key: `${oldStart}`, kind: 'place', text: `line ${newStart}` },
    ...said.map((text, index) => ({
      key: `${oldStart}.${index}`,
      kind: KINDS[text.charAt(0)] ?? ('same' as const),
      text,
    })),
  ];
}
