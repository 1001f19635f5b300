import { z } from 'zod';
import type { ProblemCode } from '../errors.ts';

/** How a person is told what a value should have been. */
export type Form = {
  /** The code of the problem where a single value is not of this form. */
  readonly code: ProblemCode;
  /** Completes "expected …" and "… is not". */
  readonly expects: string;
  /** The words there are to choose from. */
  readonly words?: readonly string[];
  /** What stands there instead may be a secret: no message shows it. */
  readonly hidden?: true;
};

const forms = z.registry<Form>();

export const formOf = (schema: z.ZodType): Form | undefined => forms.get(schema);

export function formed<Schema extends z.ZodType>(schema: Schema, form: Form): Schema {
  forms.add(schema, form);
  return schema;
}

/** Why a text is not what it should be, where more can be said than that it is not. */
export class Complaint {
  readonly code: ProblemCode;
  readonly message: string;

  constructor(code: ProblemCode, message: string) {
    this.code = code;
    this.message = message;
  }
}

type TextForm<T> = Form & {
  /** For editors, in the JSON Schema: nothing that `parse` takes may fail it. */
  readonly pattern?: RegExp;
  readonly examples?: readonly string[];
  /** The value, undefined where the text is none, or what exactly is wrong with it. */
  readonly parse: (text: string) => T | Complaint | undefined;
};

/** A single value that is written as text of a certain form. */
export function text<T>({ pattern, examples, parse, ...form }: TextForm<T>) {
  const written = z.string().meta({ ...(pattern && { pattern: pattern.source }), ...(examples && { examples }) });
  const schema = written.transform((value, context): T => {
    const result = parse(value);
    if (result instanceof Complaint) {
      context.addIssue({ code: 'custom', message: result.message, params: { code: result.code } });
    } else if (result === undefined) {
      context.addIssue({ code: 'custom' });
    } else {
      return result;
    }
    return z.NEVER;
  });
  return formed(schema, form);
}

/** A text that a pattern says everything about. */
export const matching = (form: Form & { readonly pattern: RegExp; readonly examples?: readonly string[] }) =>
  text({ ...form, parse: (value) => (form.pattern.test(value) ? value : undefined) });

export const oneOf = <const Words extends readonly [string, ...string[]]>(
  words: Words,
  code: ProblemCode = 'unknown-value',
) =>
  formed(z.enum(words), {
    code,
    expects: words.length === 1 ? `\`${words[0]}\`` : `one of ${words.join(', ')}`,
    words,
  });

export const wholeNumber = (least: number, most: number) =>
  formed(z.int().min(least).max(most), { code: 'out-of-range', expects: `a whole number from ${least} to ${most}` });

export const trueOrFalse = () => formed(z.boolean(), { code: 'wrong-type', expects: 'true or false' });

/** Where a list is expected, a single value may stand alone. */
export const oneOrMany = <Schema extends z.ZodType>(schema: Schema) => z.union([schema, z.array(schema).min(1)]);

/** The entries of such a field, each with the steps that lead to it from the field. */
export function entriesOf<T>(
  value: T | readonly (T | undefined)[] | undefined,
): { value: T; steps: readonly number[] }[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [{ value: value as T, steps: [] }];
  return (value as readonly (T | undefined)[]).flatMap((entry, index) =>
    entry === undefined ? [] : [{ value: entry, steps: [index] }],
  );
}

export const valuesOf = <T>(value: T | readonly (T | undefined)[] | undefined): T[] =>
  entriesOf(value).map((entry) => entry.value);
