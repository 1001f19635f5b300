import { z } from 'zod';
import { formed, oneOf, oneOrMany, trueOrFalse, wholeNumber } from './forms.ts';
import { duration, fieldPlace, headerValue, messageCode, messageSize, name, rate, reference } from './values.ts';

const [SHORTEST, LONGEST] = [10, 3_600_000];

const when = z.strictObject({
  messageType: oneOrMany(messageCode).describe('MSH-9.1: `ADT`, `ORU`.').optional(),
  triggerEvent: oneOrMany(messageCode).describe('MSH-9.2: `A01`.').optional(),
  sendingApplication: oneOrMany(headerValue).describe('MSH-3.').optional(),
  sendingFacility: oneOrMany(headerValue).describe('MSH-4.').optional(),
  receivingApplication: oneOrMany(headerValue).describe('MSH-5.').optional(),
  receivingFacility: oneOrMany(headerValue).describe('MSH-6.').optional(),
  processingId: oneOrMany(oneOf(['P', 'T', 'D']))
    .describe('MSH-11: production, training, debugging.')
    .optional(),
  version: oneOrMany(headerValue).describe('MSH-12, in quotes: `"2.5"`.').optional(),
});

const destination = formed(
  z.strictObject({
    pool: reference.describe('The pool these messages go to. Default: the one of the same name.').optional(),
    when: when
      .describe('All of the fields given must hold; of a list, any one value. Default: every message.')
      .optional(),
    rate: rate.describe('The most messages it is given: `100/s`. Needs `delivery: stored`.').optional(),
  }),
  { code: 'wrong-type', expects: 'a map' },
);

export const relaySchema = z
  .union([
    oneOf(['on']),
    formed(
      z.strictObject({
        order: oneOf(['patient', 'sender', 'none'])
          .describe('Whose messages stay in the order in which they came. Default: `patient`.')
          .optional(),
        patientField: fieldPlace.describe('Where a message names its patient. Default: `PID-3`.').optional(),
        balance: oneOf(['least-outstanding', 'failover', 'hash'])
          .describe('How a server is chosen for a message. Default: `least-outstanding`.')
          .optional(),
        delivery: oneOf(['direct', 'stored'])
          .describe(
            '`direct`: the server’s acknowledgement is passed on. `stored`: a message is acknowledged once it is on disk, then delivered. Default: `direct`.',
          )
          .optional(),
        acknowledge: oneOf(['commit', 'application'])
          .describe('How a stored message is acknowledged: CA or AA. Default: `commit`.')
          .optional(),
        duplicates: oneOf(['refuse', 'tolerate'])
          .describe('Whether a message that one server may have is sent to another. Default: `refuse`.')
          .optional(),
        batches: oneOf(['whole', 'refuse'])
          .describe('Whether a batch (BHS, FHS) is passed on as one message. Default: `whole`.')
          .optional(),
        timeout: duration(SHORTEST, LONGEST)
          .describe('How long a message waits for a server, and then for its acknowledgement. Default: 30s.')
          .optional(),
        maxMessage: messageSize.describe('The largest message that is taken. Default: 10MiB.').optional(),
        attempts: wholeNumber(1, 100_000)
          .describe('How often a stored message is sent before it is given up. Default: 100.')
          .optional(),
        showControlIds: trueOrFalse()
          .describe('Whether events name messages by their control id (MSH-10). Default: `false`.')
          .optional(),
        destinations: z
          .record(name, destination)
          .describe(
            'Where messages go, by name: stored ones to every destination that means them, direct ones to the first. Default: all to the pool named `default`.',
          )
          .optional(),
      }),
      { code: 'wrong-type', expects: 'a map' },
    ),
  ])
  .describe(
    'HL7 services: every message is spread, ordered and failed over by itself. Default: whole connections are.',
  );
