import { DEFAULT_POOL, type WholeRelay } from '../language.ts';
import { valuesOf } from '../schema/forms.ts';
import type { Destination, MessageCondition, MessageField, Path, Relay } from '../types.ts';

const DEFAULTS = {
  order: 'patient',
  patientField: 'PID-3',
  balance: 'least-outstanding',
  delivery: 'direct',
  acknowledge: 'commit',
  duplicates: 'refuse',
  batches: 'whole',
  attempts: 100,
  timeout: 30_000,
  maxMessage: 10 * 1024 * 1024,
  showControlIds: false,
} as const;

type Written = Exclude<WholeRelay, string>;
type WrittenDestination = NonNullable<Written['destinations']> extends ReadonlyMap<string, infer Entry> ? Entry : never;

export function resolveRelay(written: WholeRelay | undefined, service: Path): Relay | undefined {
  if (written === undefined) return undefined;
  const path = [...service, 'relay'];
  const { destinations, ...fields } = written === 'on' ? { destinations: undefined } : written;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return {
    ...DEFAULTS,
    ...given,
    path,
    destinations:
      destinations === undefined
        ? [{ name: 'default', path, pool: DEFAULT_POOL, when: {}, rate: undefined }]
        : [...destinations].map(([name, one]) => resolveDestination(name, one, [...path, 'destinations', name])),
  };
}

const resolveDestination = (name: string, { pool, when, rate }: WrittenDestination, path: Path): Destination => ({
  name,
  path,
  pool: pool ?? name,
  when: resolveCondition(when ?? {}),
  rate,
});

type WrittenCondition = { readonly [Field in MessageField]?: string | readonly string[] | undefined };

const resolveCondition = (when: WrittenCondition): MessageCondition =>
  Object.fromEntries(
    Object.entries(when).flatMap(([field, values]) => (values === undefined ? [] : [[field, valuesOf(values)]])),
  );
