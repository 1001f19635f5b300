import { faultsOf } from '#lib';

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
} as const;

export const fault = faultsOf(errors);
