import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import type { LiveAbilities } from '#plan';
import { run } from '#system';

import { fault } from './errors.ts';
import { LARGEST_COMMAND } from './socket.ts';

/** What the installed HAProxy is and can do, as far as it makes a difference to us. */
export type Version = {
  readonly program: string;
  /** E.g. `2.6.12`. */
  readonly number: string;
  readonly can: LiveAbilities & {
    /** `reload` answers only when the new worker is up, with its log. Before, it has to be watched for. */
    readonly reportReload: boolean;
    /** A request ended by `shutdown sessions` is sent to another server where a retry is allowed. */
    readonly retryEndedRequests: boolean;
    /** Connections to a server added at run time are used again without being asked for. */
    readonly reuseOnAddedServers: boolean;
  };
};

/** The oldest version with all that a configuration of ours uses (`default-path`, `http-error lf-string`, `set-var-fmt`). */
const OLDEST = [2, 6] as const;

/** The program to run: `haproxy` on the PATH, or what $VAGUS_HAPROXY names. */
export const program = (): string => process.env['VAGUS_HAPROXY'] ?? 'haproxy';

/** Asks the installed HAProxy for its version. */
export async function version(): Promise<Result<Version, Fault>> {
  const ran = await run(program(), ['-vv']);
  if (!ran.ok) {
    const message = `HAProxy cannot be run (${ran.error.message}); install the package haproxy`;
    return err(fault('haproxy-missing', message, ran.error));
  }
  return readVersion(program(), ran.value.stdout);
}

export function readVersion(name: string, text: string): Result<Version, Fault> {
  const match = /HAProxy version (\d+)\.(\d+)[-.]?([\w.]*)/.exec(text);
  if (!match) return err(fault('haproxy-missing', `${name} does not say which HAProxy it is`));
  const [, major, minor, patch] = match;
  const at = (a: number, b: number) => Number(major) > a || (Number(major) === a && Number(minor) >= b);
  const number = `${major}.${minor}.${(patch ?? '').replace(/\D.*$/, '')}`;
  if (!at(...OLDEST)) {
    return err(fault('haproxy-too-old', `${name} is HAProxy ${number}; Vagus needs ${OLDEST.join('.')} or newer`));
  }
  if (!/\+LUA\b/.test(text) || !/\+OPENSSL\b/.test(text)) {
    return err(fault('haproxy-too-old', `${name} is built without OpenSSL or Lua; Vagus needs both`));
  }
  return ok({
    program: name,
    number,
    can: {
      reportReload: at(2, 7),
      retryEndedRequests: !at(2, 7),
      addServersWithCookie: at(2, 7),
      leaveOldAddress: at(3, 0),
      reuseOnAddedServers: at(2, 7),
      largestFile: LARGEST_COMMAND,
    },
  });
}
