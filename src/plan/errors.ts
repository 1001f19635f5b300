import type { ProblemKind } from '#spec';

/** What can be wrong with the files that a spec refers to. */
export const problemKinds = {
  'file-unreadable': { severity: 'error', meaning: 'A file that the spec refers to is not there, or may not be read.' },
  'certificate-unreadable': {
    severity: 'error',
    meaning: 'A file holds no certificate in PEM, or one that cannot be read.',
  },
  'certificate-key': {
    severity: 'error',
    meaning: 'A certificate’s file holds no private key, or another certificate’s.',
  },
  'certificate-expired': { severity: 'warning', meaning: 'A certificate has expired: clients will refuse it.' },
  'certificate-expires': { severity: 'warning', meaning: 'A certificate expires within 30 days.' },
} as const satisfies Readonly<Record<string, ProblemKind>>;
