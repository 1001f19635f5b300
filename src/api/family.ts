export type Value = readonly [Labels, number];

type Labels = Readonly<Record<string, string>>;

type Described = { readonly name: string; readonly help: string };

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

export const gauge = (name: string, help: string, values: readonly Value[]): Samples => ({
  kind: 'gauge',
  name,
  help,
  values,
});

export const counter: typeof gauge = (...described) => ({ ...gauge(...described), kind: 'counter' });

export const histogram = (
  name: string,
  help: string,
  bounds: readonly number[],
  values: Histogram['values'],
): Histogram => ({ kind: 'histogram', name, help, bounds, values });

export const alone = (value: number): readonly Value[] => [[{}, value]];

/** A family as Prometheus reads it (text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function familyText(family: Family): string {
  const { name, help, kind } = family;
  const lines = kind === 'histogram' ? bucketsOf(family) : samplesOf(family);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, ...lines, ''].join('\n');
}

const samplesOf = ({ name, values }: Samples): readonly string[] =>
  values.map(([labels, value]) => `${name}${inBraces(labels)} ${value}`);

/** Each bucket holds those before it, too. */
const bucketsOf = ({ name, bounds, values }: Histogram): readonly string[] =>
  values.flatMap(([labels, { buckets, sum }]) => {
    let below = 0;
    const upTo = [...bounds.map(String), '+Inf'].map((le, index) => {
      below += buckets[index] ?? 0;
      return `${name}_bucket${inBraces({ ...labels, le })} ${below}`;
    });
    return [...upTo, `${name}_sum${inBraces(labels)} ${sum}`, `${name}_count${inBraces(labels)} ${below}`];
  });

function inBraces(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  /[\\"\n]/.test(value) ? value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n') : value;
