import { type Blame, type Fault, type FaultKind, faultsOf } from '#lib';

/** Who sent the bytes, and so who has to change something if they are wrong. */
export type Peer = Extract<Blame, 'client' | 'server'>;

const kindsOf = (blame: Peer) =>
  ({
    'dicom-not-a-pdu': { blame, unit: 'the association is lost: the bytes are not DICOM', retry: 'after-change' },
    'dicom-pdu-too-large': { blame, unit: 'the association is lost: the PDU was not read', retry: 'after-change' },
    'dicom-pdu-malformed': {
      blame,
      unit: 'the association is lost: the PDU was not understood',
      retry: 'after-change',
    },
    'dicom-fragment-unexpected': { blame, unit: 'the message was not put together', retry: 'unknown' },
    'dicom-message-too-large': { blame, unit: 'the message was not read', retry: 'after-change' },
    'dicom-command-malformed': { blame, unit: 'the command was not understood', retry: 'after-change' },
    'dicom-command-unsupported': { blame, unit: 'the command was not carried out', retry: 'after-change' },
    'mllp-not-a-frame': { blame, unit: 'nothing after the last whole frame was read', retry: 'after-change' },
    'mllp-frame-too-large': { blame, unit: 'the message was not read', retry: 'after-change' },
    'hl7-header-malformed': { blame, unit: 'the message was not understood', retry: 'after-change' },
    'hl7-not-an-acknowledgement': { blame, unit: 'the outcome of the message is unknown', retry: 'unknown' },
  }) as const satisfies Readonly<Record<string, FaultKind>>;

export type ProtocolFaultCode = keyof ReturnType<typeof kindsOf>;

const faults = { client: faultsOf(kindsOf('client')), server: faultsOf(kindsOf('server')) };

/** Makes the errors of one peer's bytes. The message describes the form of what was sent and never quotes it. */
export const faultOf = (from: Peer): ((code: ProtocolFaultCode, message: string) => Fault) => faults[from];
