import { DatabaseSync } from 'node:sqlite';

import { err, type Fault, messageOf, ok, type Result } from '#lib';
import { exists } from '#system';

import { fault } from '../errors.ts';
import { openStatements, type Statements } from './statements.ts';

/** A queue on disk, whether or not somebody serves it. */
export type QueueOnDisk = {
  readonly id: number;
  readonly service: string;
  readonly destination: string;
  readonly isHeld: boolean;
};

/** What a queue holds. */
export type Holding = {
  /** Messages that wait or are under way, and those that were given up. */
  readonly depth: number;
  readonly dead: number;
  /** When the one came that waits longest, ms since 1970. */
  readonly oldest: number | undefined;
};

type Prepared = Pick<Statements, 'prepared'>;

export const queuesOnDisk = ({ prepared }: Prepared): readonly QueueOnDisk[] =>
  prepared('SELECT id, service, destination, held FROM queues ORDER BY id')
    .all()
    .map((row) => ({
      id: row['id'] as number,
      service: row['service'] as string,
      destination: row['destination'] as string,
      isHeld: row['held'] === 1,
    }));

/** How many wait, and how many were given up. */
export const waitingIn = ({ prepared }: Prepared, queue: number): number =>
  prepared('SELECT count(*) AS n FROM waiting WHERE queue = ?').get(queue)?.['n'] as number;
export const givenUpIn = ({ prepared }: Prepared, queue: number): number =>
  prepared('SELECT count(*) AS n FROM dead WHERE queue = ?').get(queue)?.['n'] as number;

/** The id of what came last of what waits; 0 where nothing does. */
export const newestIn = ({ prepared }: Prepared, queue: number): number =>
  prepared('SELECT coalesce(max(id), 0) AS id FROM waiting WHERE queue = ?').get(queue)?.['id'] as number;

/** When the one came that waits longest, ms since 1970. */
export const oldestIn = ({ prepared }: Prepared, queue: number): number | undefined =>
  prepared(
    `SELECT messages.at FROM waiting JOIN messages ON messages.id = waiting.message
     WHERE queue = ? ORDER BY waiting.id LIMIT 1`,
  ).get(queue)?.['at'] as number | undefined;

const holdingOf = (statements: Prepared, queue: number): Holding => ({
  depth: waitingIn(statements, queue),
  dead: givenUpIn(statements, queue),
  oldest: oldestIn(statements, queue),
});

/**
 * The queues in a journal's file that are not empty, with what they hold, also while no relay runs. None where there is no such
 * file. Error: `relay-journal`.
 */
export function storedIn(file: string): Result<readonly (QueueOnDisk & Holding)[], Fault> {
  if (!exists(file)) return ok([]);
  try {
    const statements = openStatements(new DatabaseSync(file, { readOnly: true, timeout: PATIENCE }));
    const all = queuesOnDisk(statements).map((queue) => ({ ...queue, ...holdingOf(statements, queue.id) }));
    statements.close();
    return ok(all.filter(({ depth, dead }) => depth + dead > 0));
  } catch (thrown) {
    return err(fault('relay-journal', `${file}: ${messageOf(thrown)}`, thrown));
  }
}

/** How long whoever writes may keep us from reading, ms. */
const PATIENCE = 1_000;
