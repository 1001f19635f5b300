import { faultsOf } from '#lib';

/** Why something could not be remembered, or what was remembered not be read. */
export const errors = {
  'store-unreadable': { blame: 'machine', unit: 'nothing was changed; traffic goes on', retry: 'after-change' },
  'store-newer': { blame: 'client', unit: 'nothing was changed; traffic goes on', retry: 'after-change' },
  'store-full': { blame: 'machine', unit: 'nothing was changed; traffic goes on', retry: 'after-change' },
  'store-write': { blame: 'machine', unit: 'nothing was changed; traffic goes on', retry: 'after-change' },
  'store-busy': { blame: 'machine', unit: 'nothing was changed; traffic goes on', retry: 'safe' },
  'store-rule': { blame: 'vagus', unit: 'nothing was changed; traffic goes on', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
