import { ok } from '#lib';
import { type Fact, jsonSchema, presets } from '#spec';

import type { Handlers } from '../handler.ts';

/** The presets as they are answered; they change only with Vagus. */
const PRESETS = presets.map(({ name, title, protocol, fields }) => ({
  name,
  title,
  protocol,
  fields: Object.entries<Fact<unknown>>(fields).map(([field, { value, why, basis }]) => ({
    field,
    value,
    why,
    ...(basis !== 'reasoned' && { source: basis.sourced }),
  })),
}));

export const languageHandlers = {
  specSchema: () => ok({ ...jsonSchema() }),
  presets: () => ok(PRESETS),
} satisfies Partial<Handlers>;
