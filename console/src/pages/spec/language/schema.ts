/** What we use of JSON Schema 2020-12. */
export type Schema = {
  readonly description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly examples?: readonly unknown[];
};

/** Everything that may be written at a path, alternatives one by one. Lists are looked into. */
export const schemasAt = (schema: Schema, path: readonly string[]): readonly Schema[] =>
  path.reduce<readonly Schema[]>(
    (schemas, field) => schemas.flatMap((one) => within(one, field)),
    alternatives(schema),
  );

function within({ properties, additionalProperties }: Schema, field: string): readonly Schema[] {
  const found = properties?.[field] ?? additionalProperties;
  return typeof found === 'object' ? alternatives(found) : [];
}

function alternatives(schema: Schema): readonly Schema[] {
  const { anyOf = [], oneOf = [], items, ...own } = schema;
  // What is said of all of them is said of each that says nothing of itself.
  const said = own.description !== undefined && { description: own.description };
  const several = [...anyOf, ...oneOf, ...(items ? [items] : [])];
  return [own, ...several.flatMap((one) => alternatives(one).map((each) => ({ ...said, ...each })))];
}

/** The fields that may stand here, each with what it is for. */
export function fieldsIn(schemas: readonly Schema[]): ReadonlyMap<string, string | undefined> {
  const fields = schemas.flatMap(({ properties = {} }) => Object.entries(properties));
  return new Map(fields.map(([name, schema]) => [name, schema.description ?? describe(alternatives(schema))]));
}

/** The values that may stand here, as far as they can be listed; otherwise examples. */
export function valuesIn(schemas: readonly Schema[]): readonly string[] {
  const values = schemas.flatMap(({ type, enum: several, const: one, examples }) => {
    if (type === 'boolean') return [true, false];
    return several ?? (one === undefined ? (examples ?? []) : [one]);
  });
  return [...new Set(values.filter((value) => typeof value !== 'object').map(String))];
}

export const describe = (schemas: readonly Schema[]): string | undefined =>
  schemas.find(({ description }) => description !== undefined)?.description;
