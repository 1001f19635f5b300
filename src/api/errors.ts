import { faultsOf } from '#lib';

/** Why a request was not answered as it asked. */
export const errors = {
  'api-invalid': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-credentials': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-origin': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-no-route': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-method': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-not-found': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-too-large': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-media-type': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'api-not-audited': { blame: 'machine', unit: 'the change is in force; the audit lacks it', retry: 'after-change' },
  'api-internal': { blame: 'vagus', unit: 'it is not known how far the request got', retry: 'unknown' },
  'api-listen': {
    blame: 'machine',
    unit: 'the API is not reachable over HTTPS; traffic goes on',
    retry: 'after-change',
  },
  'api-certificate': {
    blame: 'machine',
    unit: 'the API goes on with the certificate that it has',
    retry: 'after-change',
  },
} as const;

export const fault = faultsOf(errors);
