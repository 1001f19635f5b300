import { z } from 'zod';
import { formed, oneOf, oneOrMany, trueOrFalse, wholeNumber } from './forms.ts';
import { aeTitle, bodyText, duration, hostHeader, messageType, port, reference, urlPathAndQuery } from './values.ts';

export const SHORTEST_INTERVAL = 100;

const checkTypes = ['tcp', 'http', 'fhir', 'dicom-echo', 'dicom-find', 'hl7'] as const;

export type CheckType = (typeof checkTypes)[number];

const expectSchema = z.strictObject({
  status: oneOrMany(wholeNumber(100, 599))
    .describe('http, fhir: the status codes of a healthy server. Default 200.')
    .optional(),
  body: bodyText.describe('http, fhir: a text that must occur in the first 16 KiB of the answer.').optional(),
  acknowledgement: oneOf(['positive', 'any'])
    .describe('hl7: `positive` (default): only AA or CA is healthy; `any`: every acknowledgement is.')
    .optional(),
});

const probe = z.strictObject({
  type: oneOf(checkTypes).describe('What is asked of a server. Default: what the preset says.').optional(),
  port: wholeNumber(port.least, port.most).describe("The port to check where it is not the server's own.").optional(),
  tls: trueOrFalse()
    .describe('true: speak TLS without verifying; false: never speak TLS. Default: as the server is served.')
    .optional(),
  interval: duration(SHORTEST_INTERVAL).describe('From one check to the next.').optional(),
  timeout: duration()
    .describe('How long a check may last: at most the interval. Default: up to 60 % of the interval.')
    .optional(),
  rise: wholeNumber(1, 50).describe('Good checks in a row that bring a server back.').optional(),
  fall: wholeNumber(1, 50).describe('Bad checks in a row that take a server out.').optional(),
  path: urlPathAndQuery.describe('http, fhir: what to ask for.').optional(),
  method: oneOf(['GET', 'HEAD', 'OPTIONS']).describe('http, fhir: how to ask. Default GET.').optional(),
  host: hostHeader.describe('http, fhir: the Host header.').optional(),
  expect: expectSchema.describe('What a healthy server answers.').optional(),
  calledAeTitle: aeTitle.describe('dicom-echo, dicom-find: the AE title of the server.').optional(),
  callingAeTitle: aeTitle.describe('dicom-echo, dicom-find: the AE title Vagus calls itself.').optional(),
  messageType: messageType.describe('hl7: the message to send, as in MSH-9. Default `NMQ^N01`.').optional(),
});

const follow = z.strictObject({
  follow: reference.describe('A service whose servers of the same names decide: no check of its own is made.'),
});

export const checkSchema = z.union([follow, formed(probe, { code: 'wrong-type', expects: 'a map' })]);
