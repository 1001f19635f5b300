import type { Fault, Result } from '#lib';
import { type Holding, type QueueOnDisk, storedIn } from '#relay';

import type { RelayLayout } from './layout.ts';

/** The queues that are not empty, read from disk: also while the relay does not run. Error: `relay-journal`. */
export const storedQueues = ({
  journal,
}: Pick<RelayLayout, 'journal'>): Result<readonly (QueueOnDisk & Holding)[], Fault> => storedIn(journal);
