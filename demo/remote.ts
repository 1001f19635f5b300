import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { exchange, exists, remove, socketPath } from '#system';
import { type Action, actions } from './breakage.ts';
import { type DemoFaultCode, errors, fault } from './errors.ts';
import { reasonOf } from './clients/reason.ts';

type Question = { readonly action?: Action; readonly server?: string };
type Answer = { readonly done: string } | { readonly code: DemoFaultCode; readonly message: string };

const socketIn = (stateDirectory: string): string => join(stateDirectory, 'demo.sock');
/** Orthanc takes seconds to start again. */
const PATIENCE = 30_000;

/** Asks the hospital that runs on this state directory to break or heal something, from any other process. */
export async function askHospital(
  stateDirectory: string,
  action: Action,
  server: string | undefined,
): Promise<Result<string, Fault>> {
  const said = await exchange(socketIn(stateDirectory), `${JSON.stringify({ action, server })}\n`, PATIENCE);
  if (!said.ok || said.value === '') {
    return err(
      fault('demo-not-running', `no demonstration runs with its state in ${stateDirectory}: start \`vagus demo\``),
    );
  }
  const answer = JSON.parse(said.value) as Answer;
  return 'done' in answer ? ok(answer.done) : err(fault(answer.code, answer.message));
}

/** Takes the questions of `askHospital`, one line each. Errors: `demo-running-already`, `system-socket-path`, `demo-not-possible`. */
export async function answerQuestions(
  stateDirectory: string,
  act: (action: Action, server: string | undefined) => Promise<Result<string, Fault>>,
): Promise<Result<{ close(): void }, Fault>> {
  const path = socketPath(socketIn(stateDirectory));
  if (!path.ok) return path;
  if (exists(path.value)) {
    const alive = await exchange(path.value, '{}\n');
    if (alive.ok) {
      return err(fault('demo-running-already', `a demonstration runs already with its state in ${stateDirectory}`));
    }
    remove(path.value);
  }

  // Whoever asks may have closed its side before an answer is ready.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    createInterface({ input: socket }).once('line', (line) => {
      answerTo(line)
        .then((answer) => socket.end(`${JSON.stringify(answer)}\n`))
        .catch(() => socket.destroy());
    });
  });
  async function answerTo(line: string): Promise<Answer> {
    const { action, server: name } = JSON.parse(line) as Question;
    if (action === undefined || !actions.includes(action)) {
      return { code: 'demo-not-possible', message: `only these are possible: ${actions.join(', ')}` };
    }
    const acted = await act(action, name);
    if (acted.ok) return { done: acted.value };
    const { code, message } = acted.error;
    return { code: code in errors ? (code as DemoFaultCode) : 'demo-not-possible', message };
  }

  try {
    await once(server.listen(path.value), 'listening');
  } catch (cause) {
    return err(fault('demo-not-possible', `cannot listen on ${path.value}: ${reasonOf(cause)}`, cause));
  }
  return ok({
    close() {
      server.close();
      remove(path.value);
    },
  });
}
