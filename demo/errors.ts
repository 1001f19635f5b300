import { faultsOf } from '#lib';

/** What can go wrong with the demonstration. */
export const errors = {
  'demo-running-already': { blame: 'client', unit: 'nothing was started', retry: 'after-change' },
  'demo-not-running': { blame: 'client', unit: 'nothing was done', retry: 'after-change' },
  'demo-server-not-started': { blame: 'machine', unit: 'the server does not run', retry: 'after-change' },
  'demo-program-missing': { blame: 'machine', unit: 'nothing was started', retry: 'after-change' },
  'demo-certificate': { blame: 'machine', unit: 'nothing was started', retry: 'after-change' },
  'demo-unknown-server': { blame: 'client', unit: 'nothing was done', retry: 'after-change' },
  'demo-not-possible': { blame: 'client', unit: 'nothing was done', retry: 'after-change' },
} as const;

export type DemoFaultCode = keyof typeof errors;

export const fault = faultsOf(errors);
