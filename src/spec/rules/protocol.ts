import { entriesOf } from '../schema/forms.ts';
import type { Path, Protocol } from '../types.ts';
import { quote } from '../words.ts';
import type { ServiceContext } from './context.ts';

/** Which protocols a condition can be judged in. `sources` goes with all of them. */
const CONDITIONS = {
  calledAeTitle: 'dicom',
  callingAeTitle: 'dicom',
  host: 'http',
  path: 'http',
} as const satisfies Record<string, Protocol>;

/** No field that means nothing for what the service speaks. */
export function checkProtocolFields(context: ServiceContext): void {
  const { service, path, preset } = context;
  if (!preset) return;
  const refuse = (place: Path, what: string, wanted: Protocol, side?: 'key' | 'value'): void => {
    const spoken = `this service speaks ${preset.protocol} (preset ${quote(preset.name)})`;
    context.problems.report(
      'field-not-for-protocol',
      place,
      `${quote(what)} is for ${wanted} services; ${spoken}`,
      side,
    );
  };

  if (preset.protocol !== 'dicom' && service.allow?.callingAeTitles !== undefined) {
    refuse([...path, 'allow', 'callingAeTitles'], 'callingAeTitles', 'dicom', 'key');
  }
  for (const list of ['routes', 'priority'] as const) {
    for (const [index, entry] of (service[list] ?? []).entries()) {
      for (const [field, wanted] of Object.entries(CONDITIONS)) {
        const written = entry?.when?.[field as keyof typeof CONDITIONS];
        if (written !== undefined && wanted !== preset.protocol)
          refuse([...path, list, index, 'when', field], field, wanted, 'key');
      }
    }
  }
  if (preset.protocol === 'http') return;

  for (const place of [context, ...context.pools.filter((pool) => pool.path !== path)]) {
    const persistence = 'service' in place ? place.service.persistence : place.pool.persistence;
    if (typeof persistence !== 'object') continue;
    const field = (['cookie', 'header', 'path'] as const).find((name) => name in persistence);
    if (field) refuse([...place.path, 'persistence', field], field, 'http', 'key');
  }
  if (typeof service.tls === 'object' && service.tls.redirectFrom !== undefined) {
    refuse([...path, 'tls', 'redirectFrom'], 'redirectFrom', 'http', 'key');
  }
  if (service.behind?.clientAddress === 'x-forwarded-for') {
    refuse([...path, 'behind', 'clientAddress'], 'x-forwarded-for', 'http');
  }
  if (service.retry?.methods !== undefined) refuse([...path, 'retry', 'methods'], 'methods', 'http', 'key');
  for (const { value, steps } of entriesOf(service.retry?.on)) {
    if (value !== 'connect') refuse([...path, 'retry', 'on', ...steps], value, 'http');
  }
}
