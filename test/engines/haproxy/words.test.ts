import { describe, expect, test } from 'vitest';
import { type CheckResult, checkInWords } from '#engines/haproxy';

const check = (status: string, detail = '', code?: number): CheckResult => ({
  pending: false,
  status,
  detail,
  code,
  duration: 1,
});

// Most of these are what HAProxy 2.6 and 3.0 really wrote for configurations of ours.
describe('what a check found, in words', () => {
  test.each([
    [check(''), 'not checked yet'],
    [check('INI'), 'not checked yet'],
    [check('L4OK', '(tcp-check)'), 'port open'],
    [check('L6OK', '(tcp-check)'), 'TLS ok'],
    [check('L7OK', 'C-ECHO ok', 0), 'C-ECHO ok'],
    [check('L7OK', '', 200), 'HTTP 200'],
    [check('L7OK', 'acknowledged', 0), 'acknowledged'],
    [check('L4CON', 'Connection refused'), 'port closed (connection refused)'],
    [check('L4CON', 'Connection refused at step 1 of tcp-check (connect)'), 'port closed (connection refused)'],
    [check('L4CON', 'No route to host'), 'cannot be reached: No route to host'],
    [check('L4CON'), 'cannot be reached'],
    [check('L4TOUT', ' at step 1 of tcp-check (connect)'), /^no answer to the connection attempt/],
    [check('L6TOUT', ' at step 1 of tcp-check (connect)'), 'accepts connections, but the TLS handshake hangs'],
    [check('L6RSP', 'SSL handshake failure at step 1 of tcp-check (connect)'), /^TLS handshake failed/],
    [check('L6RSP', 'Server presented an SSL certificate different from the expected one'), /^TLS handshake failed/],
    [check('L7TOUT'), 'accepts connections but hangs: no answer in time'],
    [
      check('L7TOUT', ' at step 9 of tcp-check (expect binary regex)'),
      'accepts connections but hangs: no answer in time',
    ],
    [check('L7STS', 'Internal Server Error', 500), 'answered HTTP 500'],
    [check('L7STS', 'the expected text is not in the answer', 200), 'the expected text is not in the answer'],
    [check('L7STS', 'no CapabilityStatement in the answer', 200), 'no CapabilityStatement in the answer'],
    [check('L7STS', 'TCPCHK got an empty response at step 3', 0), 'closes the connection without an answer'],
    [check('L7RSP', 'TCPCHK got an empty response at step 3'), 'closes the connection without an answer'],
    [check('L7STS', 'acknowledged with AE', 0), 'acknowledged with AE'],
    [check('L7STS', 'C-ECHO refused', 0), 'C-ECHO refused'],
    [check('L7STS', 'C-ECHO not offered', 0), 'C-ECHO not offered'],
    [check('L7RSP', 'no DICOM answer'), 'no DICOM answer'],
    [check('L7RSP', 'no HL7 answer'), 'no HL7 answer'],
    [check('L7RSP'), 'closed the connection, or answered in another protocol than the expected one'],
    [
      check('SOCKERR', 'Connection reset by peer at step 3 of tcp-check (expect binary regex)'),
      'accepts connections and closes them at once',
    ],
    [check('HANA'), 'failed to answer traffic several times in a row'],
    [check('NEWCODE', 'whatever'), 'check ended with NEWCODE: whatever'],
  ])('%o', (result, words) => {
    expect(checkInWords(result)).toMatch(words);
  });

  test.each([
    [
      'A-ASSOCIATE-RJ result=01 source=01 reason=07',
      'association rejected: called AE title not recognised (permanent)',
    ],
    ['A-ASSOCIATE-RJ result=02 source=03 reason=01', 'association rejected: temporary congestion (transient)'],
    ['A-ASSOCIATE-RJ result=01 source=01 reason=0A', /^association rejected: reason 10/],
    ['A-ABORT source=02 reason=02', 'association aborted: unexpected PDU (service provider)'],
    ['A-ABORT source=00 reason=00', 'association aborted: by the service user'],
    ['A-ABORT after C-ECHO-RQ', /^association aborted .*C-ECHO-RQ$/],
  ])('%s', (detail, words) => {
    expect(checkInWords(check('L7STS', detail, 0))).toMatch(words);
  });
});
