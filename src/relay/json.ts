import { nearest } from '#lib';

/** Something wrong in a JSON document: where, as a path (`services[0].balance`), and what would be right. */
export type Problem = { readonly path: string; readonly message: string };

/** One object of a JSON document, read field by field; what is wrong is noted and reading goes on. */
export type Fields = {
  readonly path: string;
  text(name: string, fallback?: string): string;
  /** A whole number from `least` to `most`. */
  count(name: string, range: { readonly least: number; readonly most: number; readonly fallback?: number }): number;
  flag(name: string, fallback: boolean): boolean;
  oneOf<const Word extends string>(name: string, words: readonly Word[], fallback: Word): Word;
  /** A list of texts; one that is not there is empty. */
  texts(name: string): readonly string[];
  /** The objects of a list that has at least `least` of them, or one, each as `read` makes it. */
  objects<T>(name: string, read: (fields: Fields) => T, least?: 0): readonly T[];
  /** An object that need not be there. */
  object<T>(name: string, read: (fields: Fields) => T): T | undefined;
  has(name: string): boolean;
  /** Notes what is wrong with a field, or with the object itself. */
  wrong(name: string | undefined, message: string): void;
  /** Notes every field that nobody asked for. */
  end(): void;
};

/** Reads an object at `path`; anything else is noted as a problem and read as an empty one. */
export function fieldsOf(value: unknown, path: string, problems: Problem[]): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const record: Readonly<Record<string, unknown>> = isObject ? { ...value } : {};
  const asked = new Set<string>();
  const placeOf = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const wrong = (name: string | undefined, message: string): void =>
    void problems.push({ path: name === undefined ? path : placeOf(name), message });
  const get = (name: string): unknown => {
    asked.add(name);
    return record[name];
  };
  if (!isObject) wrong(undefined, 'must be an object');

  function one<T>(name: string, fallback: T | undefined, empty: T, must: string, is: (value: unknown) => boolean): T {
    const found = get(name);
    if (found === undefined && fallback !== undefined) return fallback;
    if (is(found)) return found as T;
    wrong(name, `must be ${must}`);
    return empty;
  }

  return {
    path,
    text: (name, fallback) =>
      one(name, fallback, '', 'a text', (found) => typeof found === 'string' && (found !== '' || fallback === '')),
    count: (name, { least, most, fallback }) =>
      one(
        name,
        fallback,
        least,
        `a whole number from ${least} to ${most}`,
        (found) => Number.isInteger(found) && (found as number) >= least && (found as number) <= most,
      ),
    flag: (name, fallback) => one(name, fallback, fallback, 'true or false', (found) => typeof found === 'boolean'),
    oneOf: (name, words, fallback) =>
      one(name, fallback, fallback, `one of ${words.join(', ')}`, (found) => words.some((word) => word === found)),
    texts: (name) =>
      one<readonly string[]>(
        name,
        [],
        [],
        'a list of texts',
        (found) => Array.isArray(found) && found.every((text) => typeof text === 'string'),
      ),
    objects(name, read, least: number = 1) {
      const list = one<readonly unknown[]>(
        name,
        undefined,
        [],
        least === 0 ? 'a list of objects' : 'a list with at least one object',
        (found) => Array.isArray(found) && found.length >= least,
      );
      return list.map((item, index) => read(fieldsOf(item, `${placeOf(name)}[${index}]`, problems)));
    },
    object(name, read) {
      const found = get(name);
      return found === undefined ? undefined : read(fieldsOf(found, placeOf(name), problems));
    },
    has: (name) => get(name) !== undefined,
    wrong,
    end() {
      for (const name of Object.keys(record)) {
        if (asked.has(name)) continue;
        const meant = nearest(name, asked);
        wrong(name, `is not known${meant === undefined ? '' : `; did you mean ${meant}?`}`);
      }
    },
  };
}
