import { faultsOf } from '#lib';

/** What can go wrong in a question about what is happening. That something is unhealthy is an answer, not an error. */
export const errors = {
  'probe-target': { blame: 'client', unit: 'nothing was sent', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
