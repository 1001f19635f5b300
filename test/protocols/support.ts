import { type AddressInfo, createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { Fault, Result } from '#lib';
import type { StreamReader } from '#protocols';

/** What arrived, and the same bytes cut at random places. */
export type Chunked = readonly Uint8Array[];

/** Cuts the bytes at any places, several times at the same one too: then a chunk is empty. */
export const chunked = (bytes: Uint8Array): fc.Arbitrary<Chunked> =>
  fc
    .oneof(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), fc.constant(Array.from(bytes, (_, at) => at)))
    .map((places) => {
      const cuts = [0, ...places.toSorted((a, b) => a - b), bytes.length];
      return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
    });

export const pushAll = <T>(reader: Pick<StreamReader<T>, 'push'>, chunks: Chunked): readonly Result<T, Fault>[] =>
  chunks.flatMap((chunk) => reader.push(chunk));

export function valueOf<T>(result: Result<T, Fault> | undefined): T {
  if (result?.ok !== true) throw new Error(`no value: ${result?.error.code ?? 'nothing'}`);
  return result.value;
}

export const valuesOf = <T>(results: readonly Result<T, Fault>[]): readonly T[] => results.map(valueOf);

export function codeOf(result: Result<unknown, Fault> | undefined): string | undefined {
  return result?.ok === false ? result.error.code : undefined;
}

/** Bytes that are random, or random with a plausible beginning, so that the decoders behind the first check are reached. */
export const noise = (...beginnings: readonly (readonly number[])[]): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.constantFrom([], ...beginnings), fc.uint8Array({ maxLength: 400 }))
    .map(([beginning, rest]) => Uint8Array.from([...beginning, ...rest]));

/** The same bytes with some of them changed, and possibly cut short. */
export const damaged = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 5 }),
      fc.nat({ max: bytes.length }),
      fc.boolean(),
    )
    .map(([changes, length, cut]) => {
      const copy = Uint8Array.from(bytes);
      for (const [place, value] of changes) copy[place] = value;
      return cut ? copy.subarray(0, length) : copy;
    });

/** Checks that whatever was read is values, then at most one error, and that an error stays. */
export function expectValuesThenOneError<T>(reader: StreamReader<T>, chunks: Chunked): void {
  const results = pushAll(reader, chunks);
  const firstError = results.findIndex((result) => !result.ok);
  if (firstError < 0) return;
  const codes = new Set(results.slice(firstError).map(codeOf));
  expect(codes.size).toBe(1);
  expect(codes).not.toContain(undefined);
  expect(reader.push(Uint8Array.of(1)).map(codeOf)).toEqual([...codes]);
  expect(reader.pending()).toBe(0);
}

/** What listens on a free loopback port; `stop` cuts the connections that are left. */
export type Listener = { readonly port: number; stop(): Promise<void> };

export async function listen(onConnection: (socket: Socket) => void): Promise<Listener> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** A port that was free a moment ago, for programs that must be told theirs. */
export async function freePort(): Promise<number> {
  const listener = await listen((socket) => socket.destroy());
  await listener.stop();
  return listener.port;
}
