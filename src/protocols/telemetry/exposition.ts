/** One sample of a Prometheus text. */
export type MetricSample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be infinite, or no number. */
  readonly value: number;
};

export type Exposition = {
  readonly samples: readonly MetricSample[];
  /** Lines that are neither samples nor comments. */
  readonly garbage: number;
};

/**
 * Reads Prometheus' text format 0.0.4, and of OpenMetrics what looks the same: timestamps and exemplars are passed over.
 * Where `names` are given, of all others nothing is read but the name: a text of a thousand lines takes a tenth of the time.
 */
export function readExposition(text: string, names?: ReadonlySet<string>): Exposition {
  const samples: MetricSample[] = [];
  let garbage = 0;
  for (let start = 0; start < text.length;) {
    const feed = text.indexOf('\n', start);
    const end = feed === -1 ? text.length : feed;
    if (end > start && text[start] !== '#') {
      const nameEnd = endOfName(text, start, end);
      const name = text.slice(start, nameEnd);
      if (names === undefined || names.has(name)) {
        const sample = nameEnd > start ? readSample(name, text.slice(nameEnd, end)) : undefined;
        if (sample) samples.push(sample);
        else if (text.slice(start, end).trim() !== '') garbage += 1;
      }
    }
    start = end + 1;
  }
  return { samples, garbage };
}

/** Where a name (`[a-zA-Z_:][a-zA-Z0-9_:]*`) that begins here ends. */
function endOfName(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && isOfName(text.charCodeAt(at), at > start)) at += 1;
  return at;
}

const isOfName = (code: number, digits: boolean): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  code === 58 ||
  (digits && code >= 48 && code <= 57);

/** What follows a name: labels, a value, and perhaps a timestamp or an exemplar. */
function readSample(name: string, rest: string): MetricSample | undefined {
  const first = rest.charCodeAt(0);
  const open =
    first === BRACE ? 0 : first === BLANK && rest.trimStart().charCodeAt(0) === BRACE ? rest.indexOf('{') : -1;
  if (open === -1) {
    const value = first === BLANK || first === TAB ? valueIn(rest) : undefined;
    return value === undefined ? undefined : { name, labels: NO_LABELS, value };
  }
  // The first closing brace is the right one, unless it stands in a value: then what is before it cannot be read.
  const near = rest.indexOf('}', open);
  const found = near === -1 ? undefined : labelsIn(rest.slice(open + 1, near));
  const close = found === undefined ? endOfLabels(rest, open) : near;
  const labels = found ?? (close === undefined ? undefined : labelsIn(rest.slice(open + 1, close)));
  const value = close === undefined ? undefined : valueIn(rest.slice(close + 1));
  return labels === undefined || value === undefined ? undefined : { name, labels, value };
}

const [BRACE, BLANK, TAB] = [123, 32, 9];

type Labels = Readonly<Record<string, string>>;

const NO_LABELS: Labels = {};

function endOfLabels(text: string, open: number): number | undefined {
  let quoted = false;
  for (let at = open + 1; at < text.length; at++) {
    const letter = text[at];
    if (letter === '\\') at += 1;
    else if (letter === '"') quoted = !quoted;
    else if (letter === '}' && !quoted) return at;
  }
  return undefined;
}

/** Exporters say the same labels again and again: they are read once. Bounded, so that no peer can fill the memory. */
const known = new Map<string, Labels | undefined>();
const MOST_KNOWN = 5_000;
const LONGEST_KNOWN = 200;

function labelsIn(text: string): Labels | undefined {
  if (text.length > LONGEST_KNOWN) return readLabels(text);
  if (known.has(text)) return known.get(text);
  if (known.size >= MOST_KNOWN) known.clear();
  const labels = readLabels(text);
  known.set(text, labels);
  return labels;
}

const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y;

function readLabels(text: string): Labels | undefined {
  const labels: Record<string, string> = {};
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length;) {
    const begin = LABEL.lastIndex;
    const [, key, value = ''] = LABEL.exec(text) ?? [];
    if (key === undefined) return text.slice(begin).trim() === '' ? labels : undefined;
    Object.defineProperty(labels, key, {
      value: value.includes('\\') ? value.replaceAll(/\\(.)/g, unescaped) : value,
      enumerable: true,
      configurable: true,
    });
  }
  return labels;
}

const unescaped = (_: string, letter: string): string => (letter === 'n' ? '\n' : letter);

const PLAIN = /^ (\d[\d.]*(?:e[+-]?\d+)?)$/;

/** A value, and after it perhaps a timestamp or an exemplar. */
function valueIn(text: string): number | undefined {
  const plain = PLAIN.exec(text);
  if (plain) return numberOf(plain[1] ?? '');
  const [, written = ''] = /^[ \t]*([^ \t\r#]+)(?:[ \t]+-?\d+(?:\.\d+)?)?[ \t\r]*(?:#.*)?$/.exec(text) ?? [];
  if (/^[+-]?[\d.]/.test(written)) return /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(written) ? numberOf(written) : undefined;
  const word = written.toLowerCase();
  if (word === 'nan') return Number.NaN;
  const infinite = /^([+-]?)inf(?:inity)?$/.exec(word);
  return infinite ? (infinite[1] === '-' ? -Infinity : Infinity) : undefined;
}

/** Undefined for two points in one number. */
function numberOf(written: string): number | undefined {
  const value = Number(written);
  return Number.isNaN(value) ? undefined : value;
}
