import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { pause } from '#system';

/** How long from the word to the beginning: as long as it takes a busy machine to start a program and have it read the word, ms. */
const NOTICE = 3_000;
const LOOK = 50;

/** Tells all programs of a pass when its clock begins. Said when everything runs: what starts late would send all that is overdue at once. */
export function begin(file: string): number {
  const startsAt = Date.now() + NOTICE;
  // Renamed, so that nobody reads half of it.
  writeFileSync(`${file}.new`, String(startsAt));
  renameSync(`${file}.new`, file);
  return startsAt;
}

/** Waits for the word. Returns when the pass begins, ms since 1970; an error where that has passed already. */
export async function beginning(file: string): Promise<number> {
  while (!existsSync(file)) await pause(LOOK);
  const startsAt = Number(readFileSync(file, 'utf8'));
  if (Date.now() > startsAt) throw new Error('begun too late: the machine is too busy to measure');
  return startsAt;
}
