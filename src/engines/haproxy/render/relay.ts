import { formatDuration } from '#lib';
import { intakeSocketName, type Relay, relayBackendName } from '#plan';

import type { RenderOptions } from './global.ts';
import { type Line, lines, section } from './line.ts';

/**
 * The way to the relay for the clients of a service. A relay that has just ended is back within seconds: until then nothing
 * was sent, and HAProxy tries again each second.
 */
export function relayBackend(relay: Relay, { relayDirectory }: RenderOptions): readonly Line[] {
  // The relay decides how long both sides may be quiet, and HAProxy has to be the more patient one.
  const quiet = formatDuration(relay.idle + 60_000);
  return section(
    `Service ${relay.name}: to the relay, which passes its messages on one by one`,
    `backend ${relayBackendName(relay)} from tcp`,
    relay.path,
    lines(relay.path, [
      'retries 5',
      'timeout connect 1s',
      `timeout server ${quiet}`,
      `timeout tunnel ${quiet}`,
      `server relay unix@${relayDirectory}/${intakeSocketName(relay)} send-proxy-v2`,
    ]),
  );
}
