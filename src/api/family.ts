export type Value = readonly [Labels, number];

type Labels = Readonly<Record<string, string>>;

type Described = { readonly name: string; readonly help: string; readonly labelNames: readonly string[] };

/** All samples under one name. */
export type Family = Samples | Histogram;

type Samples = Described & { readonly kind: 'gauge' | 'counter'; readonly values: readonly Value[] };

type Histogram = Described & {
  readonly kind: 'histogram';
  /** Where the buckets end; there is one more for what is above. */
  readonly bounds: readonly number[];
  /** How many fell into each bucket, and the sum of all. */
  readonly values: readonly (readonly [Labels, { readonly buckets: readonly number[]; readonly sum: number }])[];
};

export const gauge = (
  name: string,
  help: string,
  labelNames: readonly string[],
  values: readonly Value[],
): Samples => ({
  kind: 'gauge',
  name,
  help,
  labelNames,
  values,
});

export const counter: typeof gauge = (...described) => ({ ...gauge(...described), kind: 'counter' });

export const histogram = (
  name: string,
  help: string,
  labelNames: readonly string[],
  bounds: readonly number[],
  values: Histogram['values'],
): Histogram => ({ kind: 'histogram', name, help, labelNames, bounds, values });

export const alone = (value: number): readonly Value[] => [[{}, value]];

/** A histogram as Prometheus reads it: each bucket holds those before it, too. The library can only count one by one. */
export function histogramText({ name, help, bounds, values }: Histogram): string {
  const lines = values.flatMap(([labels, { buckets, sum }]) => {
    let below = 0;
    const upTo = [...bounds.map(String), '+Inf'].map((le, index) => {
      below += buckets[index] ?? 0;
      return `${name}_bucket${inBraces({ ...labels, le })} ${below}`;
    });
    return [...upTo, `${name}_sum${inBraces(labels)} ${sum}`, `${name}_count${inBraces(labels)} ${below}`];
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...lines, ''].join('\n');
}

const inBraces = (labels: Labels): string =>
  `{${Object.entries(labels)
    .map(([label, value]) => `${label}="${escaped(value)}"`)
    .join(',')}}`;

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
