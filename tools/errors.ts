import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

/** An error that a room can make, read from its table in `errors.ts`. */
export type DocumentedError = {
  readonly file: string;
  readonly code: string;
  /** The fields of its row that are written out: blame, unit and retry, or severity and meaning. */
  readonly fields: Readonly<Record<string, string>>;
};

/** Every error of every room, in the order of files and rows. A row is a property whose value is an object. */
export const documentedErrors = (): DocumentedError[] =>
  globSync('src/**/errors.ts')
    .toSorted()
    .flatMap((file) => readTables(file, readFileSync(file, 'utf8')));

function readTables(file: string, source: string): DocumentedError[] {
  const rows: DocumentedError[] = [];
  new Visitor({
    Property({ key, value }) {
      if (value.type !== 'ObjectExpression') return;
      const code = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : '';
      const fields = value.properties.flatMap((property) =>
        property.type === 'Property' && property.key.type === 'Identifier' && property.value.type === 'Literal'
          ? [[property.key.name, String(property.value.value)] as const]
          : [],
      );
      rows.push({ file, code, fields: Object.fromEntries(fields) });
    },
  }).visit(parseSync(file, source).program);
  return rows;
}

const RETRY: Readonly<Record<string, string>> = {
  safe: 'yes',
  'after-change': 'after something was changed',
  unknown: 'not known to be safe',
};

/** `docs/errors.md`: a searchable page with every code. */
export function errorsPage(errors: readonly DocumentedError[]): string {
  const faults = errors.filter(({ fields }) => fields['unit'] !== undefined);
  const problems = errors.filter(({ fields }) => fields['meaning'] !== undefined);
  return [
    '# Errors',
    '',
    'Every error has a stable code in brackets, as in `hospital.yaml:12:5: … [unknown-field]`. A code is never given a second meaning.',
    'This page is written by `make docs` from the tables in the code.',
    '',
    '## What can be wrong with a spec',
    '',
    'All of them are the writer’s to mend. An error keeps the whole spec from being applied; a warning does not.',
    '',
    ...table(
      ['code', 'severity', 'meaning'],
      problems.map(({ code, fields }) => [`\`${code}\``, fields['severity'], fields['meaning']]),
    ),
    '',
    '## What can go wrong at work',
    '',
    '“Whose” says who has to change something for the error to go away; “peer” is whichever side sent the bytes.',
    '',
    ...table(
      ['code', 'whose', 'what happened', 'try again?'],
      faults.map(({ code, fields }) => [
        `\`${code}\``,
        fields['blame'] ?? 'peer',
        fields['unit'],
        RETRY[fields['retry'] ?? 'unknown'],
      ]),
    ),
    '',
  ].join('\n');
}

const table = (head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);

if (import.meta.main) writeFileSync('docs/errors.md', errorsPage(documentedErrors()));
