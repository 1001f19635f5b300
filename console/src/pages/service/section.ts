/**
 * The lines of a spec that are about a service; undefined where they cannot be told from the others, as where the spec
 * does not have a line for each field.
 */
export function sectionOf(text: string, service: string): string | undefined {
  const lines = text.split('\n');
  const services = lines.findIndex((line) => /^services:\s*(#.*)?$/.test(line));
  if (services === -1) return undefined;
  const begin = lines.findIndex((line, index) => index > services && nameIn(line) === service);
  if (begin === -1) return undefined;
  const depth = depthOf(lines[begin] ?? '');
  if (lines.slice(services + 1, begin).some((line) => isContent(line) && depthOf(line) < depth)) return undefined;
  const after = lines.findIndex((line, index) => index > begin && isContent(line) && depthOf(line) <= depth);
  const margin = new RegExp(`^ {0,${depth}}`);
  return lines
    .slice(begin, after === -1 ? undefined : after)
    .map((line) => line.replace(margin, ''))
    .join('\n')
    .replace(/(\n\s*(#[^\n]*)?)+$/, '');
}

const nameIn = (line: string): string | undefined => /^\s+["']?([\w.-]+)["']?:/.exec(line)?.[1];
const depthOf = (line: string): number => line.search(/\S/);
const isContent = (line: string): boolean => /^\s*[^\s#]/.test(line);
