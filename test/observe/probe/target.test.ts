import { describe, expect, test } from 'vitest';
import { readTarget } from '#observe';

const target = (url: string): unknown => {
  const read = readTarget(url);
  return read.ok ? read.value : read.error.message;
};

describe('what is asked', () => {
  test.each([
    [
      'dicom://ARCHIVE@pacs1:104?calling=CT_ER',
      {
        protocol: 'dicom',
        host: 'pacs1',
        port: 104,
        tls: false,
        called: 'ARCHIVE',
        calling: 'CT_ER',
        operation: 'C-ECHO',
      },
    ],
    ['dicom://10.0.2.11:104', { called: 'ANY-SCP', calling: 'VAGUS', operation: 'C-ECHO' }],
    ['dicoms://MY%20AE%23@[::1]:2762?find=1', { tls: true, host: '::1', called: 'MY AE#', operation: 'C-FIND' }],
    ['mllp://engine1:2575', { protocol: 'mllp', tls: false, messageType: 'NMQ^N01' }],
    ['mllps://engine1:2575?type=ADT^A01^ADT_A01', { tls: true, messageType: 'ADT^A01^ADT_A01' }],
    ['tcp://10.0.0.1:80', { protocol: 'tcp', tls: false, url: 'tcp://10.0.0.1:80' }],
    ['tls://10.0.0.1:443', { protocol: 'tcp', tls: true }],
    ['https://Portal.Example', { protocol: 'http', host: 'portal.example', port: 443, authority: 'portal.example' }],
    ['HTTP://[2001:db8::1]:8080/a', { protocol: 'http', host: '2001:db8::1', port: 8080, tls: false }],
    ['fhir+https://fhir/metadata', { protocol: 'fhir', tls: true, host: 'fhir', port: 443, authority: 'fhir' }],
    ['fhir+http://fhir:8080/', { protocol: 'fhir', tls: false, port: 8080, authority: 'fhir:8080' }],
  ])('%s', (url, expected) => {
    expect(target(url)).toMatchObject(expected);
  });

  test('the URL is shown without the values of its query, and its path and query print as a secret', () => {
    const read = readTarget('https://h/Patient?name=DOE&SMITH&birthdate=1970-01-01');
    expect(read).toMatchObject({ ok: true, value: { url: 'https://h/Patient?name=…&…&birthdate=…' } });
    expect(JSON.stringify(read)).not.toMatch(/DOE|SMITH|1970/);
    expect(read.ok && 'uri' in read.value && read.value.uri.reveal()).toBe(
      '/Patient?name=DOE&SMITH&birthdate=1970-01-01',
    );
  });

  test('an AE title is shown so that the URL can be used again', () => {
    const read = readTarget('dicom://A%20B%23@[::1]:104?calling=C%26D&find=1');
    expect(read).toMatchObject({ ok: true, value: { url: 'dicom://A%20B%23@[::1]:104?calling=C%26D&find=1' } });
    expect(read.ok && target(read.value.url)).toEqual(read.ok && read.value);
  });
});

describe('what cannot be asked', () => {
  test.each([
    ['', 'a probe needs a URL'],
    ['10.0.0.1:80', 'a probe needs a URL'],
    ['dcom://a:1', 'did you mean dicom://?'],
    ['gopher://a', 'nothing is known about gopher://'],
    ['constructor://a', 'nothing is known about constructor://'],
    ['dicom://ARCHIVE@pacs1', 'a port is missing'],
    ['mllp://engine1:0', 'the host or the port is not valid'],
    ['tcp://a%20b:80', 'the host or the port is not valid'],
    ['tcp://a:99999', 'this is no URL'],
    ['tcp://a:80/path', 'no use for a path'],
    ['tcp://a:80?x=1', 'after `?` nothing may stand here'],
    ['dicom://a:1?caling=X', 'after `?` calling and find may stand here'],
    ['dicom://a:1?find=yes', '`find` is 1'],
    ['dicom://a:1?calling=01234567890123456', '`calling` is not an AE title'],
    ['dicom://A%5CB@a:1', 'what stands before `@` is not an AE title'],
    ['dicom://A%ZZ@a:1', 'what stands before `@` is not an AE title'],
    ['dicom://A#B@a:1', '%23'],
    ['mllp://a:1?type=adt', '`type` is not an HL7 message type'],
    ['https://user:pass@a/', 'no use for a password'],
    ['https://user@a/', 'no use for a user'],
  ])('%s', (url, why) => {
    expect(target(url)).toContain(why);
  });

  test('the refusal shows nothing of what the URL says', () => {
    for (const url of [
      'https://a:b/?name=CANARY',
      'dicom://CANARY%5C@CANARY:1?calling=CANARY',
      'tcp://CANARY/CANARY',
    ]) {
      expect(target(url)).not.toContain('CANARY');
    }
  });
});
