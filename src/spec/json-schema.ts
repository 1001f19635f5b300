import { z } from 'zod';
import { siteSchema } from './schema/site.ts';

/** The JSON Schema (2020-12) of the language, for editors. It says less than `readSpec`: references, for one, are beyond it. */
export function jsonSchema(): object {
  const { $schema, ...rest } = z.toJSONSchema(siteSchema, { target: 'draft-2020-12', io: 'input' });
  return { $schema, title: 'Vagus site specification', ...rest };
}
