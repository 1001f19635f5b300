import { FHIR_MEDIA_TYPE, ISSUE_CODE, operationOutcome } from '#protocols';
import type { Answers } from '#spec';

import { quote, quoteFormat } from './line.ts';

/** The statuses with which HAProxy itself answers a client, and what they mean to a person. */
const STATUSES = {
  403: 'This service does not take requests from your address.',
  404: 'No part of this service answers to that address.',
  429: 'Too many connections at the moment. Please try again in a few seconds.',
  502: 'The system gave no usable answer. Please try again in a few seconds.',
  503: 'The system is unavailable at the moment. Please try again in a few seconds.',
  504: 'The system did not answer in time. Please try again.',
} as const;

type Status = keyof typeof STATUSES;

/** A few seconds, not the same for every client, so that they do not all come back at once. */
const RETRY_AFTER = 'hdr Retry-After "%[rand(6),add(5)]"';

const retryAfter = (status: Status): string => (status >= 429 ? ` ${RETRY_AFTER}` : '');

const statuses = Object.keys(STATUSES).map(Number) as Status[];

/** The lines that give HAProxy's own answers the protocol's shape. They are the same in a frontend and in a backend. */
export function httpErrors(answers: Answers): readonly string[] {
  return statuses.flatMap((status) => {
    switch (answers) {
      case 'fhir':
        return [`http-error status ${status} ${fhirBody(status)}`];
      case 'dicomweb':
        return [
          `http-error status ${status} content-type application/json string ${quote(problem(status))}${retryAfter(status)} hdr Cache-Control no-store`,
        ];
      default:
        return [
          `http-error status ${status} content-type "text/html; charset=utf-8" file ${pageName(status)}${retryAfter(status)} hdr Cache-Control no-store`,
        ];
    }
  });
}

/** RFC 9457 problem details. */
const problem = (status: Status): string => JSON.stringify({ title: STATUSES[status], status });

/**
 * A FHIR client is answered in the format that it accepts. HAProxy's error bodies are log formats, so the parts of an
 * OperationOutcome around the code and the text are kept in variables, set when the request comes in.
 */
const fhirBody = (status: Status): string => {
  const code = status === 404 ? 'not-found' : ISSUE_CODE[status];
  const body = `%[var(txn.outcome_1)]${code}%[var(txn.outcome_2)]${STATUSES[status]}%[var(txn.outcome_3)]`;
  return `content-type ${FHIR_MEDIA_TYPE.json} lf-string ${quote(body)}${retryAfter(status)} hdr Cache-Control no-store hdr X-Vagus-Format "%[var(txn.fhir_format)]"`;
};

const XML_WANTED = '{ req.hdr(accept) -m sub -i xml } !{ req.hdr(accept) -m sub -i json }';

/** The frontend rules behind `fhirBody`: they come before any rule that can refuse. */
export function fhirVariables(): readonly string[] {
  const [json, xml] = (['json', 'xml'] as const).map(outcomeParts) as [readonly string[], readonly string[]];
  const set = (parts: readonly string[], condition: string) =>
    parts.map((part, index) => `http-request set-var-fmt(txn.outcome_${index + 1}) ${quoteFormat(part)}${condition}`);
  return [
    ...set(json, ''),
    'http-request set-var-fmt(txn.fhir_format) json',
    ...set(xml, ` if ${XML_WANTED}`),
    `http-request set-var-fmt(txn.fhir_format) xml if ${XML_WANTED}`,
  ];
}

/** An answer of ours carries a header that says its format; it is turned into the media type and taken off. */
export const fhirMediaType = (): readonly string[] => [
  `http-after-response set-header Content-Type ${FHIR_MEDIA_TYPE.xml} if { res.hdr(x-vagus-format) -m str xml }`,
  'http-after-response del-header X-Vagus-Format',
];

/** An OperationOutcome cut where its code and its text go. */
function outcomeParts(format: 'json' | 'xml'): readonly string[] {
  const text = operationOutcome({ severity: 'error', code: 'transient', diagnostics: 'DIAGNOSTICS' }, format);
  return text.split(/transient|DIAGNOSTICS/);
}

const pageName = (status: Status): string => `pages/${status}.html`;

/** The pages a browser gets, by file name. */
export const pages = (): ReadonlyMap<string, string> =>
  new Map(statuses.map((status) => [pageName(status), page(STATUSES[status])]));

const page = (text: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>System unavailable</title>
<style>
body { margin: 0; min-height: 100vh; display: grid; place-items: center; font: 1.125rem/1.5 system-ui, sans-serif; color: #1b2733; background: #f4f6f8; }
main { max-width: 32rem; margin: 1rem; padding: 2rem; background: #fff; border-top: 6px solid #b3261e; border-radius: 4px; }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; }
</style>
</head>
<body>
<main>
<h1>System unavailable</h1>
<p>${text}</p>
<p>If it stays like this, call your IT service desk and follow your downtime procedure.</p>
</main>
</body>
</html>
`;

/** The DICOM refusals, as names of Lua services: see `refusals.lua`. */
export const REJECT = {
  busy: 'lua.vagus-dicom-busy',
  full: 'lua.vagus-dicom-full',
  called: 'lua.vagus-dicom-called',
  calling: 'lua.vagus-dicom-calling',
} as const;

/**
 * The Lua services that answer an association request in HAProxy itself, so that refusals work with the controller dead.
 * Each reads the whole A-ASSOCIATE-RQ (at most 64 KiB) before it answers: unread data would turn the close into a reset
 * that overtakes the A-ASSOCIATE-RJ (PS3.8 §9.3.4: 10 bytes; result, source and reason are the last three).
 */
export const DICOM_LUA = `local function reject(result, source, reason)
  return function(applet)
    local head = applet:receive(6)
    if head ~= nil and #head == 6 then
      local length = (head:byte(3) << 24) | (head:byte(4) << 16) | (head:byte(5) << 8) | head:byte(6)
      if length > 0 and length <= 65536 then applet:receive(length) end
    end
    applet:send(string.char(3, 0, 0, 0, 0, 4, 0, result, source, reason))
  end
end

core.register_service("vagus-dicom-busy", "tcp", reject(2, 3, 1))    -- transient: temporary congestion
core.register_service("vagus-dicom-full", "tcp", reject(2, 3, 2))    -- transient: local limit exceeded
core.register_service("vagus-dicom-calling", "tcp", reject(1, 1, 3)) -- permanent: calling AE title not recognised
core.register_service("vagus-dicom-called", "tcp", reject(1, 1, 7))  -- permanent: called AE title not recognised
`;
