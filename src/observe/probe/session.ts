import type { Fault, Result } from '#lib';
import { err } from '#lib';
import type { StreamReader } from '#protocols';
import type { Connection, Deadline } from '#system';

import { readFailure, span } from './words.ts';

/** One step on the way to a verdict. */
export type ProbeStep = {
  /** `resolve`, `connect`, `TLS`, `associate`, `C-ECHO`, `C-FIND`, `release`, `message`, `GET` */
  readonly name: string;
  readonly milliseconds: number;
  readonly detail?: string;
};

export type Verdict = { readonly healthy: boolean; readonly verdict: string };

export const healthy = (verdict: string): Verdict => ({ healthy: true, verdict });
export const unhealthy = (verdict: string): Verdict => ({ healthy: false, verdict });

/** What the steps of one probe share. */
export type Session = {
  /** Milliseconds for the whole of it. */
  readonly timeout: number;
  readonly deadline: Deadline;
  readonly steps: readonly ProbeStep[];
  /** Does a step and notes how long it took. `detail` is about its success; a failure is its own detail. */
  step<T>(
    name: string,
    act: () => Promise<Result<T, string>>,
    detail?: (value: T) => string | undefined,
  ): Promise<Result<T, string>>;
};

export function sessionOf(timeout: number, deadline: Deadline): Session {
  const steps: ProbeStep[] = [];
  return {
    timeout,
    deadline,
    steps,
    async step(name, act, detail) {
      const begun = performance.now();
      const result = await act();
      const milliseconds = Math.round((performance.now() - begun) * 100) / 100;
      const words = result.ok ? detail?.(result.value) : result.error;
      steps.push({ name, milliseconds, ...(words !== undefined && { detail: words }) });
      return result;
    },
  };
}

/** How long the last step took, for people. */
export const lastSpan = ({ steps }: Session): string => span(steps.at(-1)?.milliseconds ?? 0);

/** Units as they come in on a connection. The error is in words; `protocol` is what the peer should speak. */
export function unitsOf<Unit>(
  connection: Connection,
  reader: StreamReader<Unit>,
  protocol: string,
  session: Session,
): { next(): Promise<Result<Unit, string>> } {
  const ready: Result<Unit, Fault>[] = [];
  return {
    async next() {
      for (;;) {
        const unit = ready.shift();
        if (unit !== undefined) return unit.ok ? unit : err(`answered, but not in ${protocol}: ${unit.error.message}`);
        const chunk = await connection.read(session.deadline);
        if (!chunk.ok) return err(readFailure(chunk.error, session.timeout));
        if (chunk.value === undefined) return err('accepts connections and closes them without an answer');
        ready.push(...reader.push(chunk.value));
      }
    },
  };
}
