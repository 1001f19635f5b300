import type { Fault, Result, Secret } from '#lib';
import type { OpenedChanges, State } from '#apply';
import { pollTelemetry, type TelemetryPoller } from '#observe';
import { readSecret } from '#system';

/** A secret is read again after so long, ms: a thousand servers may be asked with the same one each second. */
const KEPT = 2_000;

/** Reads what the servers of the spec in force feel, and of each that comes after it. */
export function readTelemetry(state: State, changes: OpenedChanges): TelemetryPoller {
  const known = new Map<string, { readonly value: Result<Secret, Fault>; readonly until: number }>();
  const poller = pollTelemetry((name) => {
    const before = known.get(name);
    if (before !== undefined && performance.now() < before.until) return before.value;
    const value = readSecret(state.secrets, name);
    known.set(name, { value, until: performance.now() + KEPT });
    return value;
  });
  poller.follow(changes.inForce().desired);
  changes.onChange(({ desired }) => poller.follow(desired));
  return poller;
}
