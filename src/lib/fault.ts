/** Who has to change something for this error to go away. */
export type Blame = 'client' | 'server' | 'vagus' | 'machine';

/** Whether doing the same thing again may help and cannot hurt. */
export type Retry = 'safe' | 'after-change' | 'unknown';

/** What is known of every error with one code, whatever its message says. */
export type FaultKind = {
  readonly blame: Blame;
  /** What happened to the unit in flight: the change, the association, the message, the request. */
  readonly unit: string;
  readonly retry: Retry;
};

/** An error with a stable code. The message is for a person; programs look at `code`. */
export class Fault extends Error {
  readonly code: string;
  readonly kind: FaultKind;

  constructor(code: string, kind: FaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.kind = kind;
  }
}

/** Turns a room's table of errors into the one function that makes them. */
export const faultsOf =
  <const Table extends Readonly<Record<string, FaultKind>>>(table: Table) =>
  (code: keyof Table & string, message: string, cause?: unknown): Fault =>
    new Fault(code, table[code] as FaultKind, message, cause);

/** The message of anything that was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
