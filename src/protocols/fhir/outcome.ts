export type FhirFormat = 'json' | 'xml';

/** The media types of FHIR (R4, "RESTful API"). */
export const FHIR_MEDIA_TYPE: Readonly<Record<FhirFormat, string>> = {
  json: 'application/fhir+json',
  xml: 'application/fhir+xml',
};

/** Those of FHIR's issue types that a proxy can know to be true. */
export type IssueCode = 'transient' | 'timeout' | 'throttled' | 'forbidden';

/** The statuses with which a proxy answers in place of a FHIR server, and what each means in FHIR. */
export const ISSUE_CODE = {
  403: 'forbidden',
  429: 'throttled',
  502: 'transient',
  503: 'transient',
  504: 'timeout',
} as const satisfies Readonly<Record<number, IssueCode>>;

export type Issue = {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  readonly code: IssueCode;
  /** For a person; not empty. */
  readonly diagnostics: string;
};

/** Returns an OperationOutcome with one issue, as the text of a response body. */
export const operationOutcome = (issue: Issue, format: FhirFormat): string =>
  format === 'json' ? asJson(issue) : asXml(issue);

const asJson = ({ severity, code, diagnostics }: Issue): string =>
  JSON.stringify({
    resourceType: 'OperationOutcome',
    issue: [{ severity, code, diagnostics: withoutControls(diagnostics) }],
  });

const asXml = ({ severity, code, diagnostics }: Issue): string =>
  '<?xml version="1.0" encoding="UTF-8"?>' +
  '<OperationOutcome xmlns="http://hl7.org/fhir"><issue>' +
  `<severity value="${severity}"/><code value="${code}"/><diagnostics value="${escapeXml(diagnostics)}"/>` +
  '</issue></OperationOutcome>';

const escapeXml = (text: string): string =>
  withoutControls(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Neither XML 1.0 nor a FHIR string can hold these, escaped or not. */
const withoutControls = (text: string): string => text.toWellFormed().replace(/[\0-\x1f\x7f-\x9f\ufffe\uffff]/g, ' ');

/**
 * The format that suits an Accept header (RFC 9110 §12.5.1): XML where the client likes it better or asks for nothing
 * else, and JSON otherwise.
 */
export function fhirFormatFor(accept: string | undefined): FhirFormat {
  const ranges = (accept ?? '').toLowerCase().split(',').map(readMediaRange);
  const [json, xml] = [JSON_TYPES, XML_TYPES].map((types) => preference(ranges, types)) as [number, number];
  return xml > json ? 'xml' : 'json';
}

type MediaRange = { readonly type: string; readonly quality: number };

const JSON_TYPES = new Set(['application/fhir+json', 'application/json', 'application/json+fhir', 'text/json']);
const XML_TYPES = new Set(['application/fhir+xml', 'application/xml', 'application/xml+fhir', 'text/xml']);

function readMediaRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const value = Number(quality?.slice('q='.length) ?? 1);
  return { type, quality: value >= 0 && value <= 1 ? value : 1 };
}

/** From 0, not acceptable, to 1. A type that is named counts for a hair more than one that a wildcard lets through. */
function preference(ranges: readonly MediaRange[], types: ReadonlySet<string>): number {
  const named = ranges.filter(({ type }) => types.has(type));
  if (named.length > 0) return Math.max(...named.map(({ quality }) => quality));
  const wild = ranges.filter(({ type }) => type === '*/*' || type === 'application/*');
  return Math.max(0, ...wild.map(({ quality }) => quality - 0.0001));
}
