import { z } from 'zod';

import { route } from './route.ts';

export const Preset = z
  .object({
    name: z.string(),
    title: z.string(),
    protocol: z.enum(['http', 'tcp', 'dicom', 'hl7']),
    fields: z.array(
      z.object({
        field: z.string().describe('as in a service of a spec: `check.interval`'),
        value: z.unknown(),
        why: z.string(),
        source: z.string().optional().describe('where anybody can read the same; none where we thought it through'),
      }),
    ),
  })
  .meta({ id: 'Preset' });

/** What a spec can be written with. It comes with Vagus and is the same for every site. */
export const languageRoutes = {
  specSchema: route({
    method: 'GET',
    path: '/api/v1/spec/schema',
    summary: 'The JSON Schema of a spec, for editors',
    permission: 'read',
    reach: 'listed',
    response: z.record(z.string(), z.unknown()),
  }),
  presets: route({
    method: 'GET',
    path: '/api/v1/presets',
    summary: 'The presets: their defaults, each with its reason',
    permission: 'read',
    reach: 'listed',
    response: z.array(Preset),
  }),
} as const;
