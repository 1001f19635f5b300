import { faultsOf } from '#lib';

/** What can go wrong between us and HAProxy. */
export const errors = {
  'haproxy-missing': { blame: 'machine', unit: 'nothing was changed', retry: 'after-change' },
  'haproxy-too-old': { blame: 'machine', unit: 'nothing was changed', retry: 'after-change' },
  'haproxy-refused': { blame: 'client', unit: 'nothing was changed; what ran before goes on', retry: 'after-change' },
  'haproxy-start': { blame: 'machine', unit: 'nothing is served', retry: 'after-change' },
  'haproxy-reload': { blame: 'vagus', unit: 'what ran before goes on', retry: 'safe' },
  'haproxy-not-running': { blame: 'machine', unit: 'nothing was changed', retry: 'after-change' },
  'haproxy-command': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
} as const;

export const fault = faultsOf(errors);
