export type Value = readonly [Readonly<Record<string, string>>, number];

/** All samples under one name. */
export type Family = {
  readonly kind: 'gauge' | 'counter';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly values: readonly Value[];
};

export const gauge = (name: string, help: string, labelNames: readonly string[], values: readonly Value[]): Family => ({
  kind: 'gauge',
  name,
  help,
  labelNames,
  values,
});

export const counter: typeof gauge = (...described) => ({ ...gauge(...described), kind: 'counter' });

export const alone = (value: number): readonly Value[] => [[{}, value]];
