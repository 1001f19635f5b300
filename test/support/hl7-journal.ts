import { type Hl7Server, isCheck, startHl7Server } from './hl7-server.ts';

/** An HL7 receiver that keeps the control ID (MSH-10) of every message but health checks, before it acknowledges it. */
export type Journal = Hl7Server & { readonly name: string; readonly received: readonly string[] };

export async function startJournal(name: string): Promise<Journal> {
  const received: string[] = [];
  const server = await startHl7Server((header) => {
    if (!isCheck(header)) received.push(header.controlId);
    return { code: 'AA', controlId: `${name}-${received.length}` };
  });
  return { ...server, name, received };
}
