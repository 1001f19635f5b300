/** The names of the fields in which two things differ; places in the document do not count: moving a line changes nothing. */
export function differingFields(before: object, after: object): readonly string[] {
  if (before === after) return [];
  const a = new Map<string, unknown>(Object.entries(before));
  const b = new Map<string, unknown>(Object.entries(after));
  return [...new Set([...a.keys(), ...b.keys()])].filter(
    (field) => field !== 'path' && !isSame(a.get(field), b.get(field)),
  );
}

/**
 * True where two values are the same but for the places in the document that they came from. What is undefined is the
 * same as what is not there: a desired state that was written down and read again compares equal.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b)) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  }
  const holds = (one: Fields, other: Fields) =>
    Object.keys(one).every((key) => isPlace(key, one[key]) || isSame(one[key], other[key]));
  return holds(a, b) && holds(b, a);
}

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** The path of a request is a text, a place in the document a list. */
const isPlace = (key: string, value: unknown): boolean =>
  key === 'path' && (value === undefined || Array.isArray(value));

/** Two lists side by side, by name: what came, what stayed, in the order of `after`; and what went, in that of `before`. */
export function compare<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (thing: T) => string,
): { readonly kept: readonly (readonly [T, T])[]; readonly added: readonly T[]; readonly removed: readonly T[] } {
  const was = new Map(before.map((thing) => [nameOf(thing), thing]));
  const is = new Set(after.map(nameOf));
  return {
    kept: after.flatMap((thing) => {
      const old = was.get(nameOf(thing));
      return old === undefined || old === thing ? [] : [[old, thing] as const];
    }),
    added: after.filter((thing) => !was.has(nameOf(thing))),
    removed: before.filter((thing) => !is.has(nameOf(thing))),
  };
}
