import type { Answers, Balance, CheckProbe, Protocol, RetryCondition, TlsProfile } from '../types.ts';
import type { PresetName } from './names.ts';

/** Where a value comes from: thought through by us, or said by a source that anybody can read. */
export type Basis = 'reasoned' | { readonly sourced: string };

/** A default, with one sentence on why it is what it is. */
export type Fact<T> = { readonly value: T; readonly why: string; readonly basis: Basis };

/** A duration as it is written in a spec. */
export type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** The fields of a service that a preset fills in, named and written as in a spec. */
export type PresetFields = {
  readonly balance: Fact<Balance>;
  readonly persistence: Fact<'none' | { readonly cookie: string } | { readonly source: DurationText }>;
  readonly 'check.type': Fact<CheckProbe['type']>;
  readonly 'check.path'?: Fact<string>;
  readonly 'check.calledAeTitle'?: Fact<string>;
  readonly 'check.callingAeTitle'?: Fact<string>;
  readonly 'check.interval': Fact<DurationText>;
  /** Never more than 60 % of the interval a service asks for. */
  readonly 'check.timeout': Fact<DurationText>;
  readonly 'check.rise': Fact<number>;
  readonly 'check.fall': Fact<number>;
  readonly 'retry.attempts': Fact<number>;
  readonly 'retry.on': Fact<readonly RetryCondition[]>;
  readonly 'retry.methods': Fact<readonly string[]>;
  readonly 'timeouts.connect': Fact<DurationText>;
  readonly 'timeouts.client': Fact<DurationText>;
  readonly 'timeouts.server': Fact<DurationText>;
  readonly 'timeouts.queue': Fact<DurationText>;
  readonly 'timeouts.tunnel': Fact<DurationText>;
  readonly 'drain.timeout': Fact<DurationText>;
  readonly 'tls.profile': Fact<TlsProfile>;
};

/** A named set of defaults for one kind of service. Data only; a user's own fields always win. */
export type Preset = {
  readonly name: PresetName;
  /** Counts up whenever a value changes. */
  readonly version: number;
  readonly title: string;
  readonly protocol: Protocol;
  readonly answers: Answers;
  /** Clients speak TLS unless the service says `tls: none`. */
  readonly speaksTls: boolean;
  readonly fields: PresetFields;
};

export const reasoned = <const T>(value: T, why: string): { value: T; why: string; basis: 'reasoned' } => ({
  value,
  why,
  basis: 'reasoned',
});

export const sourced = <const T>(
  value: T,
  why: string,
  source: string,
): { value: T; why: string; basis: { sourced: string } } => ({
  value,
  why,
  basis: { sourced: source },
});
