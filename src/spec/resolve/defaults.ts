import { parseDuration } from '#lib';
import { remember } from '../remember.ts';
import type { Preset } from '../presets/preset.ts';
import type { Balance, CheckProbe, Persistence, RetryPolicy, Timeouts, TlsProfile } from '../types.ts';

/** A preset's values as the program uses them: durations in milliseconds. */
export type Defaults = {
  readonly balance: Balance;
  readonly persistence: Persistence;
  readonly check: {
    readonly type: CheckProbe['type'];
    readonly path: string | undefined;
    readonly calledAeTitle: string | undefined;
    readonly callingAeTitle: string | undefined;
    readonly interval: number;
    readonly timeout: number;
    readonly rise: number;
    readonly fall: number;
  };
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly drain: { readonly timeout: number };
  readonly profile: TlsProfile;
};

export const defaultsOf = remember(({ fields }: Preset): Defaults => {
  return {
    balance: fields.balance.value,
    persistence: persistence(fields.persistence.value),
    check: {
      type: fields['check.type'].value,
      path: fields['check.path']?.value,
      calledAeTitle: fields['check.calledAeTitle']?.value,
      callingAeTitle: fields['check.callingAeTitle']?.value,
      interval: milliseconds(fields['check.interval'].value),
      timeout: milliseconds(fields['check.timeout'].value),
      rise: fields['check.rise'].value,
      fall: fields['check.fall'].value,
    },
    retry: {
      attempts: fields['retry.attempts'].value,
      on: fields['retry.on'].value,
      methods: fields['retry.methods'].value,
    },
    timeouts: {
      connect: milliseconds(fields['timeouts.connect'].value),
      client: milliseconds(fields['timeouts.client'].value),
      server: milliseconds(fields['timeouts.server'].value),
      queue: milliseconds(fields['timeouts.queue'].value),
      tunnel: milliseconds(fields['timeouts.tunnel'].value),
    },
    drain: { timeout: milliseconds(fields['drain.timeout'].value) },
    profile: fields['tls.profile'].value,
  };
});

function persistence(value: Preset['fields']['persistence']['value']): Persistence {
  if (value === 'none') return { kind: 'none' };
  return 'cookie' in value
    ? { kind: 'cookie', name: value.cookie }
    : { kind: 'source', for: milliseconds(value.source) };
}

function milliseconds(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new TypeError(`a preset holds ${text}, which is no duration`);
  return value;
}
