import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FHIR_MEDIA_TYPE, fhirFormatFor, ISSUE_CODE, operationOutcome } from '#protocols';

const issue = (diagnostics: string) => ({ severity: 'error', code: 'transient', diagnostics }) as const;

describe('OperationOutcome', () => {
  test('as JSON', () => {
    expect(JSON.parse(operationOutcome(issue('No server is available.'), 'json'))).toEqual({
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'transient', diagnostics: 'No server is available.' }],
    });
  });

  test('as XML', () => {
    expect(operationOutcome(issue('a < b & "c"'), 'xml')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><OperationOutcome xmlns="http://hl7.org/fhir"><issue>' +
        '<severity value="error"/><code value="transient"/><diagnostics value="a &#60; b &#38; &#34;c&#34;"/>' +
        '</issue></OperationOutcome>',
    );
  });

  test('any text arrives in both, without what they cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const json = JSON.parse(operationOutcome(issue(text), 'json')) as { issue: [{ diagnostics: string }] };
        const xml = operationOutcome(issue(text), 'xml');
        const value = /<diagnostics value="([^"<]*)"\/><\/issue>/.exec(xml)?.[1] ?? 'not well-formed';
        const fromXml = value.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
        expect(fromXml).toBe(json.issue[0].diagnostics);
        expect(fromXml).toHaveLength(text.length);
        expect(fromXml).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/);
      }),
    );
  });

  test('half a character is replaced', () => {
    expect(operationOutcome(issue('a\ud83c'), 'json')).toContain('"a\ufffd"');
    expect(operationOutcome(issue('a\ud83c'), 'xml')).toContain('"a\ufffd"');
  });

  test('statuses', () => {
    expect(ISSUE_CODE).toEqual({
      403: 'forbidden',
      429: 'throttled',
      502: 'transient',
      503: 'transient',
      504: 'timeout',
    });
  });

  test('media types', () => {
    expect(FHIR_MEDIA_TYPE).toEqual({ json: 'application/fhir+json', xml: 'application/fhir+xml' });
  });
});

describe('the format for an Accept header', () => {
  test.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['application/fhir+json', 'json'],
    ['application/fhir+xml', 'xml'],
    ['APPLICATION/FHIR+XML; charset=utf-8', 'xml'],
    ['text/xml', 'xml'],
    ['application/fhir+xml, application/fhir+json', 'json'],
    ['application/fhir+xml, application/fhir+json;q=0.9', 'xml'],
    ['application/fhir+xml;q=0.5, application/fhir+json;q=0.8', 'json'],
    ['application/fhir+xml, */*', 'xml'],
    ['application/fhir+xml;q=0.5, */*', 'json'],
    ['application/fhir+xml;q=0', 'json'],
    ['application/fhir+json;q=0, application/fhir+xml;q=0.1', 'xml'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'xml'],
    ['text/html', 'json'],
    [';;q=,,=', 'json'],
  ])('%s: %s', (accept, format) => {
    expect(fhirFormatFor(accept)).toBe(format);
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (accept) => {
        expect(fhirFormatFor(accept)).toMatch(/^(json|xml)$/);
      }),
    );
  });
});
