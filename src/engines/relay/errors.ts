import { faultsOf } from '#lib';

/** What can go wrong between us and the relay. What the relay itself says against a command has its own codes. */
export const errors = {
  'relay-not-running': { blame: 'machine', unit: 'nothing was changed', retry: 'safe' },
  'relay-start': { blame: 'machine', unit: 'no message is passed on', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
