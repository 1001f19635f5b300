import { z } from 'zod';
import { formed, oneOf } from './forms.ts';
import { duration, percent } from './values.ts';

const modes = ['off', 'observe', 'on'] as const;

export type SteeringMode = (typeof modes)[number];

const mode = oneOf(modes);

export const steeringSchema = z
  .union([
    mode,
    formed(
      z.strictObject({
        mode: mode.describe('`observe` says what would be done and does nothing. Default: `on`.').optional(),
        floor: percent
          .describe('The least part of its weight that a server keeps while it is in. Default: 10%.')
          .optional(),
        mostOut: percent
          .describe('How many of the servers may be out or resting at once; one is always in. Default: 50%.')
          .optional(),
        slowStart: duration()
          .describe('How long a server that was down takes to its whole share. Default: 10s.')
          .optional(),
        limits: oneOf(['find', 'keep'])
          .describe(
            'Whether it is found out how many requests at once each server is given, the rest waiting for the first that is free. Default: `find`; `keep` where clients stay on their servers.',
          )
          .optional(),
      }),
      { code: 'wrong-type', expects: 'a map' },
    ),
  ])
  .describe('Servers get more or less by what they do: http only. The nearest counts, field by field.');
