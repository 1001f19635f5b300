import { z } from 'zod';
import { formed, oneOrMany } from './forms.ts';
import { serviceSchema } from './service.ts';
import { certificateSchema } from './tls.ts';
import { name, nameServer } from './values.ts';

/** The whole language, version 1. */
export const siteSchema = z.strictObject({
  version: formed(z.literal(1), {
    code: 'bad-version',
    expects: '1, the version of the language this Vagus reads',
  }).describe('The version of the language: 1.'),
  site: name.describe('The name of the site.'),
  certificates: z.record(name, certificateSchema).describe('The certificates of the site, by name.').optional(),
  dns: z
    .strictObject({
      servers: oneOrMany(nameServer).describe('Name servers. Default: those of the machine.').optional(),
    })
    .describe('How server names are looked up and followed.')
    .optional(),
  services: z.record(name, serviceSchema).describe('What the site offers, by name.'),
});
