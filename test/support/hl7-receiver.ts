import { type Hl7Server, isCheck, startHl7Server } from './hl7-server.ts';

/** An HL7 receiver that says more than it has to: each acknowledgement has a text, also those that are positive. */
export type Receiver = Hl7Server & {
  /** How every message but health checks is answered from now on: AA until it is told. */
  answers(code: 'AA' | 'AE'): void;
};

export async function startReceiver(text: string): Promise<Receiver> {
  let code: 'AA' | 'AE' = 'AA';
  const server = await startHl7Server((header) => ({ code: isCheck(header) ? 'AA' : code, controlId: text, text }));
  return { ...server, answers: (wanted) => void (code = wanted) };
}
