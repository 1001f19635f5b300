import { z } from 'zod';
import { formed, oneOf, text } from './forms.ts';
import { duration } from './values.ts';

const modes = ['off', 'observe', 'on'] as const;

export type SteeringMode = (typeof modes)[number];

/** A part of the whole, as 0–1. */
const percent = text({
  code: 'out-of-range',
  expects: 'a part of the whole such as `10%`, from 0% to 100%',
  pattern: /^[0-9]{1,3}%$/,
  examples: ['10%'],
  parse: (value) => {
    const parts = /^(\d{1,3})%$/.exec(value)?.[1];
    return parts === undefined || Number(parts) > 100 ? undefined : Number(parts) / 100;
  },
});

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
