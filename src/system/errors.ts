import { faultsOf } from '#lib';

/** What can go wrong between us and the machine. */
export const errors = {
  'system-program-missing': { blame: 'machine', unit: 'nothing was started', retry: 'after-change' },
  'system-program-slow': { blame: 'machine', unit: 'the program was killed', retry: 'safe' },
  'system-file': { blame: 'machine', unit: 'the file is as it was', retry: 'after-change' },
  'system-socket': { blame: 'machine', unit: 'the command may or may not have been read', retry: 'unknown' },
  'system-socket-taken': { blame: 'client', unit: 'nothing was started', retry: 'after-change' },
  'system-socket-path': { blame: 'client', unit: 'nothing was started', retry: 'after-change' },
  'system-nobody-there': { blame: 'machine', unit: 'nothing was asked', retry: 'safe' },
  'system-unreachable': { blame: 'machine', unit: 'nothing was asked', retry: 'after-change' },
  'system-no-answer': { blame: 'machine', unit: 'what was asked may or may not have been done', retry: 'unknown' },
  'system-secret-missing': { blame: 'client', unit: 'nothing was sent', retry: 'after-change' },
  'system-secret': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
