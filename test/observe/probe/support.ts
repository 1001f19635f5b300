import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect } from 'vitest';
import { probe, type ProbeOptions, type ProbeReport, readTarget } from '#observe';
import { valueOf } from '../../protocols/support.ts';
import { waitFor } from '../../support/wait.ts';
import type { Peer } from './peers.ts';

/** A directory of this test file's own. */
export const directory = mkdtempSync(join(tmpdir(), 'vagus-probe-'));

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Stops it after this test. */
export function during<T extends { stop(): Promise<unknown> }>(started: T): T {
  stops.push(async () => void (await started.stop()));
  return started;
}

/** The report on a URL; 5 s unless told. */
export function probed(url: string, options: Partial<ProbeOptions> = {}): Promise<ProbeReport> {
  return probe(valueOf(readTarget(url)), { timeout: 5_000, ...options });
}

export const stepsOf = ({ steps }: ProbeReport): readonly string[] => steps.map(({ name }) => name);

/** Once the probe is done, its peer has seen one FIN and nothing worse. */
export async function expectPoliteEnd({ ends }: Peer): Promise<void> {
  await waitFor('the connection ends', () => ends.length > 0);
  expect(ends).toEqual(['end']);
}
