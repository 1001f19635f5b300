import { expect, test } from 'vitest';
import { tally } from '../../tools/tally.ts';

const file = (status: string, tests = 1) => ({ status, assertionResults: Array.from({ length: tests }) });
const report = { numPassedTests: 5, numFailedTests: 0, testResults: [file('passed', 5)] };

test('counts tests', () => {
  expect(tally(report, true, 0)).toEqual({ passed: 5, failed: 0 });
  expect(tally({ ...report, numFailedTests: 2, testResults: [file('failed', 7)] }, false, 0)).toEqual({
    passed: 5,
    failed: 2,
  });
});

test('a file that could not be loaded is a failure', () => {
  expect(tally({ ...report, testResults: [file('passed', 5), file('failed', 0)] }, false, 0).failed).toBe(1);
});

test('a failed check is a failure', () => {
  expect(tally(report, true, 2)).toEqual({ passed: 5, failed: 2 });
});

test('a run that ended badly without a failed test is a failure', () => {
  expect(tally(report, false, 0).failed).toBe(1);
  expect(tally(undefined, false, 0)).toEqual({ passed: 0, failed: 1 });
});
