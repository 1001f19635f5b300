import { err, type Fault, messageOf, ok, type Result } from '#lib';
import { isRelayFaultCode, type RelayEvent, relayFault, type RelayStatus } from '#relay';
import { exchange, follow } from '#system';

import { fault } from './errors.ts';
import type { RelayLayout } from './layout.ts';

/** A command by its name, with its fields: see the relay's README. */
export type RelayCommand = { readonly command: string } & Readonly<Record<string, unknown>>;

/** How long the relay may take to answer unless it is told, ms. */
const PATIENCE = 5_000;

/**
 * Gives the relay a command and returns the value that it answers. Errors: `relay-not-running` where nobody answers, else what
 * the relay says.
 */
export async function ask(
  layout: Pick<RelayLayout, 'control'>,
  command: RelayCommand,
  timeout = PATIENCE,
): Promise<Result<unknown, Fault>> {
  const answer = await exchange(layout.control, `${JSON.stringify(command)}\n`, timeout);
  if (!answer.ok) {
    return err(fault('relay-not-running', 'the relay of HL7 messages does not answer', answer.error));
  }
  return readAnswer(answer.value);
}

/** What the relay is doing, and has done since it started. Errors: as `ask`. */
export async function status(layout: Pick<RelayLayout, 'control'>): Promise<Result<RelayStatus, Fault>> {
  const answer = await ask(layout, { command: 'status' });
  // A relay that was started by an earlier version says nothing of what is left.
  return answer.ok ? ok({ left: [], ...(answer.value as Omit<RelayStatus, 'left'>) }) : answer;
}

/**
 * Calls `onEvent` for each event as it happens, those first that the relay still has if `fromStart`. `onClose`: the relay has
 * gone, or was not there.
 */
export const followRelay = (
  layout: Pick<RelayLayout, 'control'>,
  fromStart: boolean,
  onEvent: (event: RelayEvent) => void,
  onClose: () => void,
): { close(): void } =>
  follow(
    layout.control,
    `${fromStart ? '{"command":"events"}\n' : ''}{"command":"follow"}\n`,
    (line) => {
      for (const event of readEvents(line)) onEvent(event);
    },
    onClose,
  );

type Line = {
  readonly ok?: boolean;
  readonly value?: unknown;
  readonly code?: string;
  readonly message?: string;
};

function readAnswer(text: string): Result<unknown, Fault> {
  const read = readLine(text);
  if (!read.ok) return read;
  const { ok: isDone, value, code = '', message = '' } = read.value;
  if (isDone === true) return ok(value);
  return err(isRelayFaultCode(code) ? relayFault(code, message) : fault('relay-not-running', message));
}

/** An event by itself, or the answer to `events`, which has all of them. */
function readEvents(line: string): readonly RelayEvent[] {
  const read = readLine(line);
  if (!read.ok) return [];
  return read.value.ok === undefined ? [read.value as RelayEvent] : (read.value.value as readonly RelayEvent[]);
}

function readLine(text: string): Result<Line, Fault> {
  try {
    return ok(JSON.parse(text) as Line);
  } catch (thrown) {
    return err(fault('relay-not-running', `the relay did not answer to the end: ${messageOf(thrown)}`, thrown));
  }
}
