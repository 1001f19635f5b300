import { faultsOf } from '#lib';

/** Why somebody may not, or cannot be let in. */
export const errors = {
  'access-denied': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-unknown': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-throttled': { blame: 'client', unit: 'nothing was changed; the password was not looked at', retry: 'safe' },
  'access-weak-password': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-scope': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-grants': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-expiry': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-last-administrator': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-name': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-name-taken': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-no-user': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-no-session': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-no-token': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'access-link': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
