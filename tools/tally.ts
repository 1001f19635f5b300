/** What this project reads of vitest's JSON report. */
export type Report = {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  /** One for each test file. */
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
};

export type Tally = { readonly passed: number; readonly failed: number };

/**
 * Counts tests. What failed outside any test counts as one failed test each, so that zero failed always means that all is well:
 * a file that could not be loaded, a failed check, and a run that ended badly without saying where.
 */
export function tally(report: Report | undefined, runSucceeded: boolean, failedChecks: number): Tally {
  if (report === undefined) return { passed: 0, failed: failedChecks + 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + brokenFiles + failedChecks;
  const hidden = !runSucceeded && report.numFailedTests + brokenFiles === 0 ? 1 : 0;
  return { passed: report.numPassedTests, failed: failed + hidden };
}
