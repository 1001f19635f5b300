import { faultsOf } from '#lib';

/** What an engine may say of a spec that nothing else objects to. */
export const problemKinds = {
  'engine-complaint': {
    severity: 'error',
    meaning: 'HAProxy refuses what a line of the spec leads to, or warns of it (then as a warning).',
  },
  'queue-left-behind': {
    severity: 'error',
    meaning:
      'Stored messages wait, or were given up, for a service or destination that the spec would no longer store for.',
  },
} as const;

/** Why a change was not made. */
export const errors = {
  'apply-invalid': { blame: 'client', unit: 'nothing was changed; what ran before goes on', retry: 'after-change' },
  'apply-record': {
    blame: 'machine',
    unit: 'the engines run the new configuration; its record could not be written',
    retry: 'safe',
  },
  'apply-no-record': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-no-server': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-controller-running': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-revision': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-unconfirmed': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-nothing-to-confirm': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-confirm-time': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-no-revision': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-scope': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-would-empty': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'apply-queue-left': { blame: 'client', unit: 'nothing was changed; the messages are kept', retry: 'after-change' },
  'apply-window': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
