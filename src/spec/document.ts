import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Alias, Document as YamlDocument, Node, YAMLMap } from 'yaml';
import { messageOf } from '#lib';
import { aliasTargets } from './aliases.ts';
import type { ProblemCode } from './errors.ts';
import { keyName, locator } from './locator.ts';
import { collectProblems, type Problems, type Side } from './problems.ts';
import type { Location, Path } from './types.ts';
import { quote } from './words.ts';

/** Five times a site of a thousand services. */
const MOST_NODES = 500_000;
const DEEPEST = 32;

/** A YAML text as values: maps as `Map`, lists as arrays, single values as they are. Undefined where it cannot be read at all. */
export type Document = {
  readonly value: unknown;
  readonly problems: Problems;
  readonly locate: (path: Path, side?: Side) => Location;
};

/** Reads the text. Positions are looked up only when somebody asks for them. */
export function readDocument(text: string, file: string): Document {
  const lines = new LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const parsed = parse(text, lines);
  const broken = 'code' in parsed ? parsed : syntaxProblem(parsed);
  if (broken) {
    const locate = (): Location => at(broken.offset);
    const problems = collectProblems(locate);
    problems.report(broken.code, [], broken.message);
    return { value: undefined, problems, locate };
  }
  const document = parsed as YamlDocument;
  const targetOf = aliasTargets(document);
  const find = locator(document, targetOf);
  const locate = (path: Path, side?: Side): Location => at(find(path, side));
  const problems = collectProblems(locate);
  return { value: valueOf(document, targetOf, problems), problems, locate };
}

type Broken = { readonly code: ProblemCode; readonly offset: number; readonly message: string };

function parse(text: string, lineCounter: LineCounter): YamlDocument | Broken {
  try {
    // Keys are compared by `valueOf`: the parser's own comparison takes quadratic time.
    return parseDocument(text, { lineCounter, uniqueKeys: false, prettyErrors: false });
  } catch (thrown) {
    const tooDeep = thrown instanceof RangeError;
    return tooDeep
      ? { code: 'yaml-limits', offset: 0, message: 'the document is nested too deeply' }
      : { code: 'yaml-syntax', offset: 0, message: `this is no YAML: ${messageOf(thrown)}` };
  }
}

/** Only the first syntax error is worth telling: the others are mostly its consequences. */
function syntaxProblem(document: YamlDocument): Broken | undefined {
  const first = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0])[0];
  if (first) return { code: 'yaml-syntax', offset: first.pos[0], message: describe(first.code, first.message) };
  const version = document.directives?.yaml;
  if (version?.explicit && version.version !== '1.2') {
    return { code: 'yaml-syntax', offset: 0, message: 'a spec is YAML 1.2: remove the %YAML line' };
  }
  return undefined;
}

function describe(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS')
    return 'a spec is one YAML document: remove the `---` and what belongs to another document';
  if (code === 'TAB_AS_INDENT') return 'YAML is indented with spaces, not with tabs';
  return `this is no YAML: ${message.replaceAll(/\s+/g, ' ')}`;
}

function valueOf(document: YamlDocument, targetOf: (alias: Alias) => Node | undefined, problems: Problems): unknown {
  const path: (string | number)[] = [];
  let nodes = 0;

  const convert = (node: unknown): unknown => {
    if (++nodes > MOST_NODES || path.length > DEEPEST) throw new TooMuch(path);
    if (isScalar(node)) return node.value;
    if (isMap(node)) return convertMap(node);
    if (isSeq(node)) {
      return node.items.map((item, index) => within(index, () => convert(item)));
    }
    if (isAlias(node)) {
      const target = targetOf(node);
      if (target) return convert(target);
      problems.report('yaml-syntax', [...path], `no anchor named ${quote(node.source)} stands before this alias`);
    }
    return null;
  };

  const convertMap = (map: YAMLMap): Map<string, unknown> => {
    const values = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const name = keyName(key);
      const isText = isScalar(key) && typeof key.value === 'string';
      within(name, () => {
        if (!isText) {
          const right = isScalar(key) ? `: write ${quote(name)} in quotes` : ', not a map or a list';
          problems.report('bad-key', [...path], `a key is text${right}`, 'key');
        }
        if (values.has(name))
          problems.report('duplicate-key', [...path], `${quote(name)} occurs twice in this map`, 'key');
        values.set(name, convert(value));
      });
    }
    return values;
  };

  const within = <T>(step: string | number, body: () => T): T => {
    path.push(step);
    const result = body();
    path.pop();
    return result;
  };

  try {
    return convert(document.contents);
  } catch (thrown) {
    if (!(thrown instanceof TooMuch)) throw thrown;
    problems.report('yaml-limits', thrown.path, thrown.message);
    return undefined;
  }
}

class TooMuch extends Error {
  readonly path: Path;

  constructor(path: Path) {
    super(
      path.length > DEEPEST
        ? 'nested too deeply (an alias inside its own anchor?)'
        : 'aliases make this document too large',
    );
    this.path = path.slice(0, DEEPEST);
  }
}
