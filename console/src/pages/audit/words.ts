/** What can be done, as a person says it, by the name the audit gives it; in the groups in which one looks for it. */
export const KINDS = [
  [
    'Logins and accounts',
    {
      login: 'Log in',
      logout: 'Log out',
      setup: 'Make the first administrator',
      changePassword: 'Change own password',
      endSession: 'End a session',
      addUser: 'Add a user',
      changeUser: 'Change a user',
      removeUser: 'Remove a user',
      addToken: 'Make a token',
      revokeToken: 'Revoke a token',
    },
  ],
  [
    'Servers',
    {
      setServerState: 'Drain, maintain or take back a server',
      changeServer: 'Change a server',
      putServer: 'Add or replace a server',
      removeServer: 'Remove a server',
      maint: 'End a drain in maintenance',
      planWindow: 'Plan maintenance',
      cancelWindow: 'Cancel maintenance',
      'window-begin': 'Begin planned maintenance',
      'window-end': 'End planned maintenance',
      'window-miss': 'Miss planned maintenance',
    },
  ],
  [
    'The spec',
    {
      applySpec: 'Apply a spec',
      patchSpec: 'Change part of the spec',
      confirm: 'Keep a change',
      rollback: 'Go back to a revision',
      'take-back': 'Take a change back',
    },
  ],
  [
    'Queues',
    {
      holdQueue: 'Hold a queue',
      releaseQueue: 'Release a queue',
      resendMessage: 'Resend a message',
      resendMessages: 'Resend all messages',
      discardMessage: 'Discard a message',
      discardMessages: 'Discard all messages',
    },
  ],
] as const;

const WORDS: ReadonlyMap<string, string> = new Map(KINDS.flatMap(([, kinds]) => Object.entries(kinds)));

/** `Drain, maintain or take back a server`; undefined for what was only asked, and refused. */
export const actionInWords = (action: string): string | undefined => WORDS.get(action);
