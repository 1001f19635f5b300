import { join } from 'node:path';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import type { Path } from '#spec';
import { run } from '#system';

import { fault } from './errors.ts';
import { CONFIGURATION, type Rendered } from './render/index.ts';
import type { Version } from './version.ts';

/** One thing HAProxy says of a configuration. */
export type Complaint = {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** The line of haproxy.cfg, from 1, where HAProxy names one. */
  readonly line: number | undefined;
  /** The place in the spec that the line came from. */
  readonly path: Path | undefined;
};

/** HAProxy's own judgement (`haproxy -c`) on the exact files in `directory`. No error complaint means accepted. */
export async function judge(
  version: Version,
  directory: string,
  rendered: Rendered,
): Promise<Result<readonly Complaint[], Fault>> {
  const ran = await run(version.program, ['-c', '-f', join(directory, CONFIGURATION)], { timeout: 60_000 });
  if (!ran.ok) return ran;
  const complaints = readComplaints(`${ran.value.stdout}\n${ran.value.stderr}`, rendered);
  if (ran.value.exitCode !== 0 && !complaints.some(({ severity }) => severity === 'error')) {
    return err(
      fault('haproxy-refused', `HAProxy refused the configuration without a reason (exit code ${ran.value.exitCode})`),
    );
  }
  return ok(complaints);
}

const ALERT = /^\[(ALERT|WARNING)\]\s+\(\d+\) : (?:config : )?(.*)$/;
const PLACE = /\[[^\]]*haproxy\.cfg:(\d+)\]/;
/** What HAProxy says at the end of every bad or merely noted configuration; it adds nothing. */
const SUMMARY = /Error\(s\) found in configuration file|Fatal errors found in configuration|Warnings were found/;

/** Where HAProxy names a section and no line. */
const SECTION = /\b(?:proxy|frontend|backend|listen) '([\w.:-]+)'/i;

/** Reads HAProxy's complaints out of what it printed. A complaint may go on in indented lines. */
export function readComplaints(output: string, { files, origin }: Rendered): readonly Complaint[] {
  const configuration = String(files.get(CONFIGURATION) ?? '').split('\n');
  return output.split('\n').flatMap((text) => {
    const match = ALERT.exec(text);
    const [, level, message = ''] = match ?? [];
    if (!match || SUMMARY.test(message)) return [];
    const line = lineIn(message, configuration);
    return [
      {
        severity: level === 'ALERT' ? 'error' : 'warning',
        message: message
          .replace(/^parsing \[[^\]]*\]\s*:\s*/, '')
          .replace(PLACE, '')
          .replace(/^[\s:]+/, '')
          .trim(),
        line,
        path: line === undefined ? undefined : origin(line),
      },
    ];
  });
}

function lineIn(message: string, configuration: readonly string[]): number | undefined {
  const digits = PLACE.exec(message)?.[1];
  if (digits !== undefined) return Number(digits);
  const section = SECTION.exec(message)?.[1];
  const index = configuration.findIndex((text) => /^(frontend|backend|listen) (\S+)/.exec(text)?.[2] === section);
  return section === undefined || index < 0 ? undefined : index + 1;
}
