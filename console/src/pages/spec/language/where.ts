/** Where in a spec something is written. */
export type Where = {
  /** The fields that lead there; places in lists are left out. */
  readonly path: readonly string[];
  /** Whether a field's name stands here, or its value. */
  readonly kind: 'key' | 'value';
  /** What is written of it up to here. */
  readonly typed: string;
};

/** An indent, the dashes of a list, and a field with what stands behind its colon. */
const FIELD = /^( *)((?:- +)*)(?:"([^"]*)"|'([^']*)'|([^\s#:{}[\],&*!|>'"%@`-][^:#{}[\]]*?)) *:(?: (.*)|$)/;

type Field = { readonly start: number; readonly indent: number; readonly name: string; readonly rest: string };

function fieldIn(line: string): Field | undefined {
  const match = FIELD.exec(line);
  if (match === null) return undefined;
  const [, spaces = '', dashes = '', ...named] = match;
  const [double, single, plain, rest = ''] = named;
  return { start: spaces.length, indent: spaces.length + dashes.length, name: double ?? single ?? plain ?? '', rest };
}

/**
 * What is written at a place of a spec that somebody is still writing: by its indentation alone, so that it is known where a
 * parser has to give up. Undefined in a comment. `line` counts from 0, `column` is before which character.
 */
export function whereIs(lines: readonly string[], line: number, column: number): Where | undefined {
  const written = (lines[line] ?? '').slice(0, column);
  if (/(^|\s)#/.test(written)) return undefined;
  const [lead = ''] = /^ *(?:- +)*/.exec(written) ?? [];
  const dash = lead.indexOf('-');
  const parents = parentsOf(lines, line, dash === -1 ? lead.length : dash + 1);
  const field = fieldIn(written);
  if (field) return inFlow([...parents, field.name], field.rest);
  const body = written.slice(lead.length);
  if (/^[{[]/.test(body)) return inFlow(parents, body);
  return { path: parents, kind: 'key', typed: body };
}

/** The fields above a line that it belongs to: each indented less than the one below. */
function parentsOf(lines: readonly string[], line: number, indent: number): string[] {
  const parents: string[] = [];
  let limit = indent;
  for (let above = line - 1; above >= 0 && limit > 0; above -= 1) {
    const field = fieldIn(lines[above] ?? '');
    if (field === undefined) continue;
    const isInList = field.start < field.indent;
    if (field.indent < limit) parents.unshift(field.name);
    // A list may begin where the field does to which it belongs.
    if (field.indent < limit || (isInList && field.indent === limit)) {
      limit = isInList ? field.start + 1 : field.indent;
    }
  }
  return parents;
}

type Bracket = { readonly isMap: boolean; key: string | undefined };

/** The same within what is written in one line: `{ path: /health, interval: 1s }`. */
function inFlow(parents: readonly string[], text: string): Where {
  const open: Bracket[] = [];
  let token = '';
  for (const [index, character] of text.split('').entries()) {
    const inner = open.at(-1);
    if (character === '{' || character === '[') open.push({ isMap: character === '{', key: undefined });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && inner) inner.key = undefined;
    else if (character === ':' && inner?.isMap && inner.key === undefined && text[index + 1] === ' ')
      inner.key = token.trim();
    else {
      token += character;
      continue;
    }
    token = '';
  }
  const inner = open.at(-1);
  return {
    path: [...parents, ...open.flatMap(({ key }) => key ?? [])],
    kind: inner?.isMap && inner.key === undefined ? 'key' : 'value',
    typed: token.trimStart(),
  };
}
