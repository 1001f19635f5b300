import { faultsOf } from '#lib';

/** What can go wrong between a sender of HL7 messages and its servers, and in the relay itself. */
export const errors = {
  'relay-configuration': {
    blame: 'vagus',
    unit: 'nothing was changed; messages go on as before',
    retry: 'after-change',
  },
  'relay-listen': { blame: 'machine', unit: 'the service does not run; the others do', retry: 'after-change' },
  'relay-journal': {
    blame: 'machine',
    unit: 'the message was not stored, and its sender was told so',
    retry: 'after-change',
  },
  'relay-journal-full': {
    blame: 'machine',
    unit: 'the message was not stored, and its sender was told so',
    retry: 'after-change',
  },
  'relay-message-dead': {
    blame: 'server',
    unit: 'the message was not delivered, and is kept until somebody sends it again or discards it',
    retry: 'after-change',
  },
  'relay-queue-left': {
    blame: 'client',
    unit: 'the messages are kept, and sent to nobody until a spec has their service and destination again',
    retry: 'after-change',
  },
  'relay-no-message': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'relay-command': { blame: 'client', unit: 'nothing was changed', retry: 'after-change' },
  'relay-proxy-header': {
    blame: 'vagus',
    unit: 'the connection was closed; no message was read',
    retry: 'after-change',
  },
  'relay-message-unreadable': {
    blame: 'client',
    unit: 'the connection was closed; the message was sent to nobody',
    retry: 'after-change',
  },
  'relay-message-refused': {
    blame: 'client',
    unit: 'the message was sent to nobody, and its sender was told so',
    retry: 'after-change',
  },
  'relay-message-cut': {
    blame: 'client',
    unit: 'the connection ended within a message, which was sent to nobody',
    retry: 'safe',
  },
  'relay-no-destination': {
    blame: 'client',
    unit: 'the message was sent to nobody, and its sender was told so',
    retry: 'after-change',
  },
  'relay-no-server': {
    blame: 'server',
    unit: 'the message was sent to nobody, and its sender was told so',
    retry: 'safe',
  },
  'relay-outcome-unknown': {
    blame: 'server',
    unit: 'the message was sent and not acknowledged; the connection to its sender was closed',
    retry: 'unknown',
  },
  'relay-sent-again': {
    blame: 'server',
    unit: 'the message was sent and not acknowledged, and then sent to another server, as duplicates are tolerated',
    retry: 'unknown',
  },
  'relay-acknowledgement-stray': {
    blame: 'server',
    unit: 'an acknowledgement of no message that was waited for was dropped',
    retry: 'unknown',
  },
  'relay-server-unreachable': {
    blame: 'server',
    unit: 'the connection was not made, and the message is sent to another server',
    retry: 'safe',
  },
} as const;

export type RelayFaultCode = keyof typeof errors;

export const fault = faultsOf(errors);

/** Whether the relay has an error with this code. */
export const isRelayFaultCode = (code: string): code is RelayFaultCode => Object.hasOwn(errors, code);
