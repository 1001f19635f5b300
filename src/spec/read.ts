import { z } from 'zod';
import { nearest } from '#lib';
import type { ProblemCode } from './errors.ts';
import type { Problems } from './problems.ts';
import { remember } from './remember.ts';
import { formOf } from './schema/forms.ts';
import type { Path } from './types.ts';
import { didYouMean, enumerate, quote, show } from './words.ts';

/**
 * What a document of this schema becomes: maps keyed by name are `Map`s, single values are what zod makes of them.
 * `Hole` is what stands where something is missing or wrong.
 */
type Value<Schema, Hole> =
  Schema extends z.ZodOptional<infer Inner>
    ? Value<Inner, Hole> | undefined
    : Schema extends z.ZodObject<infer Shape>
      ? { readonly [Field in keyof Shape]: Value<Shape[Field], Hole> | Hole }
      : Schema extends z.ZodRecord<z.core.$ZodRecordKey, infer Entry>
        ? ReadonlyMap<string, Value<Entry, Hole> | Hole>
        : Schema extends z.ZodArray<infer Entry>
          ? readonly (Value<Entry, Hole> | Hole)[]
          : Schema extends z.ZodUnion<infer Options>
            ? Value<Options[number], Hole>
            : z.output<Schema>;

/** A document as far as it is right. */
export type Partly<Schema> = Value<Schema, undefined>;

/** A document without errors. */
export type Whole<Schema> = Value<Schema, never>;

/**
 * Reads a value by a schema. zod judges the single values; the maps and lists around them are walked here, so that one
 * wrong value hides neither its neighbours' mistakes nor what can still be checked of them, and is itself reported once.
 */
export function read<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  problems: Problems,
): Partly<Schema> | undefined {
  return visit(schema, value, [], problems) as Partly<Schema> | undefined;
}

function visit(schema: z.ZodType, value: unknown, path: Path, problems: Problems): unknown {
  const { single, list, record, map } = choicesOf(schema);
  if (value instanceof Map) {
    if (record) return readRecord(record, value, path, problems);
    if (map) return readMap(map, value, path, problems);
  } else if (Array.isArray(value)) {
    if (list) return readList(list, value, path, problems);
  } else if (value !== null && value !== undefined && single) {
    return readSingle(single, schema, value, path, problems);
  }
  // An alias without its anchor has left nothing here, and was reported.
  if (value !== null || !problems.damaged(path)) {
    problems.report('wrong-type', path, `expected ${expectation(schema)}, found ${show(value)}`, 'value');
  }
  return undefined;
}

function readSingle(single: z.ZodType, schema: z.ZodType, value: unknown, path: Path, problems: Problems): unknown {
  const result = single.safeParse(value);
  if (result.success) return result.data;
  const form = formOf(single);
  if (form?.hidden) {
    problems.report(form.code, path, `expected ${form.expects}`);
    return undefined;
  }
  const issue = result.error.issues[0];
  if (issue?.code === 'custom' && issue.params) {
    problems.report(issue.params['code'] as ProblemCode, path, issue.message);
  } else {
    const map = form?.words && choicesOf(schema).map ? ', nor a map' : '';
    const quotes =
      typeof value !== 'string' && acceptsText(single, value) ? `: write it in quotes, "${String(value)}"` : '';
    const guess = typeof value === 'string' ? didYouMean(value, form?.words ?? []) : '';
    problems.report(
      form?.code ?? 'wrong-type',
      path,
      `${show(value)} is not ${form?.expects ?? 'right'}${map}${quotes}${guess}`,
    );
  }
  return undefined;
}

const acceptsText = (schema: z.ZodType, value: unknown): boolean => schema.safeParse(String(value)).success;

function readList(list: z.ZodArray, values: readonly unknown[], path: Path, problems: Problems): unknown {
  if (values.length === 0)
    problems.report('empty-list', path, 'this list is empty: give it an entry, or remove the field', 'value');
  return values.map((value, index) => visit(list.element as z.ZodType, value, [...path, index], problems));
}

function readRecord(record: z.ZodRecord, entries: Map<string, unknown>, path: Path, problems: Problems): unknown {
  const values = new Map<string, unknown>();
  for (const [name, entry] of entries) {
    const place = [...path, name];
    const isName = (record.keyType as z.ZodType).safeParse(name).success;
    // A misnamed entry stays: what refers to it under that name is no second mistake.
    if (!isName && !problems.damaged(place)) {
      problems.report('bad-name', place, `${show(name)} is not ${expectation(record.keyType as z.ZodType)}`, 'key');
    }
    values.set(name, visit(record.valueType as z.ZodType, entry, place, problems));
  }
  return values;
}

function readMap(map: MapChoice, entries: Map<string, unknown>, path: Path, problems: Problems): unknown {
  const chosen = map.options.length === 1 ? map.options[0] : map.options.find((option) => isMeant(option, entries));
  const fields: Fields = chosen?.shape ?? map.fields;
  const values: Record<string, unknown> = {};
  const misplaced: string[] = [];

  for (const [field, entry] of entries) {
    const place = [...path, field];
    if (Object.hasOwn(fields, field)) {
      values[field] = visit(fields[field] as z.ZodType, entry, place, problems);
    } else if (chosen && Object.hasOwn(map.fields, field)) {
      misplaced.push(field);
    } else if (!problems.damaged(place)) {
      reportUnknown(field, Object.keys(map.fields), entries, path, problems);
    }
  }
  if (chosen && misplaced[0] !== undefined) {
    const message = `${enumerate(misplaced)} cannot stand beside ${enumerate(requiredOf(chosen))}`;
    problems.report('conflicting-fields', [...path, misplaced[0]], message, 'key');
  }
  if (chosen) reportMissing(chosen, entries, path, problems);
  else reportUndecided(map, path, problems);
  return values;
}

/** Of several kinds of map, the one whose own fields are there; one that requires nothing is meant by default. */
function isMeant(option: z.ZodObject, entries: ReadonlyMap<string, unknown>): boolean {
  const required = requiredOf(option);
  return required.length === 0 || required.some((field) => entries.has(field));
}

function reportUnknown(
  field: string,
  known: readonly string[],
  entries: ReadonlyMap<string, unknown>,
  path: Path,
  problems: Problems,
): void {
  const unused = known.filter((candidate) => !entries.has(candidate));
  const guess = nearest(field, unused) ?? nearest(field, known);
  const hint = guess === undefined ? `; known here: ${enumerate(known)}` : `; did you mean ${quote(guess)}?`;
  problems.report('unknown-field', [...path, field], `unknown field ${quote(field)}${hint}`, 'key');
  // Whatever else would be said of the field that was meant follows from this mistake.
  if (guess !== undefined && !entries.has(guess)) problems.damage([...path, guess]);
}

function reportMissing(
  object: z.ZodObject,
  entries: ReadonlyMap<string, unknown>,
  path: Path,
  problems: Problems,
): void {
  for (const field of requiredOf(object)) {
    if (entries.has(field) || problems.damaged([...path, field])) continue;
    const wanted = expectation(object.shape[field] as z.ZodType);
    problems.report('missing-field', path, `${quote(field)} is missing here: expected ${wanted}`, 'key');
    problems.damage([...path, field]);
  }
}

/** No field says which kind of map is meant, nor does a misspelled one that was reported. */
function reportUndecided(map: MapChoice, path: Path, problems: Problems): void {
  const telling = map.options.flatMap(requiredOf);
  if (telling.some((field) => problems.damaged([...path, field]))) return;
  problems.report('missing-field', path, `one of ${enumerate(telling, 'or')} is missing here`, 'key');
}

const requiredOf = remember((object: z.ZodObject): readonly string[] =>
  Object.entries(object.shape).flatMap(([field, schema]) => (schema instanceof z.ZodOptional ? [] : [field])),
);

/** What a value may be, by the kind of thing it is. */
type Choices = {
  readonly single: z.ZodType | undefined;
  readonly list: z.ZodArray | undefined;
  readonly record: z.ZodRecord | undefined;
  readonly map: MapChoice | undefined;
};

type Fields = Readonly<Record<string, z.ZodType>>;

/** One or several kinds of map, with the fields of all of them. */
type MapChoice = {
  readonly options: readonly z.ZodObject[];
  readonly fields: Fields;
};

const choicesOf = remember((schema: z.ZodType): Choices => {
  const options = optionsOf(schema);
  const objects = options.filter((option) => option instanceof z.ZodObject);
  const map = {
    options: objects,
    fields: Object.assign({}, ...objects.map((option) => option.shape)) as Fields,
  };
  return {
    single: options.find((option) => !isContainer(option)),
    list: options.find((option) => option instanceof z.ZodArray),
    record: options.find((option) => option instanceof z.ZodRecord),
    map: objects.length > 0 ? map : undefined,
  };
});

/** The schemas a value may follow, without the wrappers around them. */
function optionsOf(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional) return optionsOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => optionsOf(option as z.ZodType));
  return [schema];
}

const isContainer = (schema: z.ZodType): boolean =>
  schema instanceof z.ZodObject || schema instanceof z.ZodRecord || schema instanceof z.ZodArray;

function expectation(schema: z.ZodType): string {
  const wanted = optionsOf(schema).map(
    (option) => formOf(option)?.expects ?? (option instanceof z.ZodArray ? 'a list' : 'a map'),
  );
  return [...new Set(wanted)].join(', or ');
}
