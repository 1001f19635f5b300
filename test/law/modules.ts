import { globSync, readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

/** One module named by another, however it is named: import, export from, `import()` or `import('…')` in a type. */
export type Import = {
  readonly file: string;
  readonly line: number;
  /** Undefined where the name is computed. */
  readonly specifier: string | undefined;
  /** What is taken from it; `*` where that is everything, or not known. */
  readonly names: readonly string[];
};

/** The TypeScript files under these folders, tests of their own and all. */
export const modulesUnder = (folders: readonly string[]): string[] =>
  globSync(folders.map((folder) => `${folder}/**/*.{ts,tsx}`)).toSorted();

export const parse = (file: string, source = readFileSync(file, 'utf8')): ReturnType<typeof parseSync> => {
  const parsed = parseSync(file, source);
  if (parsed.errors.length > 0) throw new Error(`${file} cannot be parsed: ${parsed.errors[0]?.message}`);
  return parsed;
};

export function importsOf(file: string, source = readFileSync(file, 'utf8')): Import[] {
  const { module, program } = parse(file, source);
  const found: Import[] = [];
  const add = (offset: number, specifier: string | undefined, names: readonly string[]): void => {
    found.push({ file, line: source.slice(0, offset).split('\n').length, specifier, names });
  };

  for (const { start, moduleRequest, entries } of module.staticImports) {
    add(
      start,
      moduleRequest.value,
      entries.map((entry) => entry.importName.name ?? '*'),
    );
  }
  for (const { start, moduleRequest, importName } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest) add(start, moduleRequest.value, [importName.name ?? '*']);
  }
  new Visitor({
    ImportExpression: ({ start, source: requested }) => {
      add(start, requested.type === 'Literal' && typeof requested.value === 'string' ? requested.value : undefined, [
        '*',
      ]);
    },
    TSImportType: ({ start, source: requested }) => add(start, requested.value, ['*']),
  }).visit(program);
  return found;
}
