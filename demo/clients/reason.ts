/** Why something on the network failed, in few words: the system's own code where there is one, e.g. `ECONNREFUSED`. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return (thrown as NodeJS.ErrnoException).code ?? thrown.message;
}

export const noAnswer = (milliseconds: number): string => `no answer within ${milliseconds} ms`;
