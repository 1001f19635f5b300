import { afterAll, afterEach, expect, test } from 'vitest';

import { endPrograms } from '../support/programs.ts';
import { waitFor } from '../support/wait.ts';
import { adt, endAll, idOf, openSender, said, startReceiver, startRelay } from './support.ts';

afterEach(endAll);
afterAll(endPrograms);

const SENDERS = 8;
const PATIENTS_OF_A_SENDER = 10;
const MESSAGES = 1_600;
const SPEEDS = [0, 1, 3, 9];

const patientOf = (frame: Buffer): string => /PID\|1\|\|([^^]*)/.exec(frame.toString('latin1'))?.[1] ?? '';

test('patients keep their order through servers of different speeds, while each is drained and returned twice', async () => {
  const got: { readonly patient: string; readonly id: string }[] = [];
  const receivers = await Promise.all(
    SPEEDS.map((speed) =>
      startReceiver((received) => {
        got.push({ patient: patientOf(received.frame), id: idOf(received.frame) });
        setTimeout(() => received.answer(), speed);
      }),
    ),
  );
  const { relay, path } = await startRelay(receivers.map(({ port }) => ({ port, connections: 4 })));
  const service = relay.services()[0];
  const setDrained = (server: string | undefined): void =>
    service?.setStates(
      new Map([
        [
          'adt',
          new Map(
            SPEEDS.map((_, index) => {
              const name = `engine${index + 1}`;
              return [name, { state: name === server ? 'drain' : 'up', host: undefined }] as const;
            }),
          ),
        ],
      ]),
    );

  let answered = 0;
  const sending = Array.from({ length: SENDERS }, async (_, index) => {
    const sender = await openSender(path);
    for (let number = 0; number < MESSAGES / SENDERS; number += PATIENTS_OF_A_SENDER) {
      const ids = Array.from(
        { length: PATIENTS_OF_A_SENDER },
        (_unused, patient) => `${index}${patient}-${1_000 + number}`,
      );
      sender.send(...ids.map((id) => adt(id, id.slice(0, 2))));
      for (const id of ids) {
        expect(said(await sender.next())).toBe(`AA ${id}`);
        answered += 1;
      }
    }
  });
  for (const index of [...SPEEDS.keys(), ...SPEEDS.keys()]) {
    setDrained(`engine${index + 1}`);
    const before = answered;
    await waitFor('others go on meanwhile', () => answered > before + 50 || answered === MESSAGES);
    setDrained(undefined);
  }
  expect(answered, 'each was drained twice before all was over').toBeLessThan(MESSAGES);
  await Promise.all(sending);

  expect(new Set(got.map(({ id }) => id)).size).toBe(MESSAGES);
  expect(got.length).toBe(MESSAGES);
  expect(new Set(receivers.map(({ received }) => received.length > 0))).toEqual(new Set([true]));
  for (const [patient, messages] of Map.groupBy(got, (one) => one.patient)) {
    const ids = messages.map(({ id }) => id);
    expect(ids, patient).toEqual(ids.toSorted());
  }
}, 30_000);
