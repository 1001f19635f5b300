import { parentPort, workerData } from 'node:worker_threads';

import { openFile } from './open.ts';
import { openStatements } from './statements.ts';
import { type Batch, batchWriter } from './write.ts';

// The thread in which a journal is written: what waits for the disk here keeps no message waiting that is not stored.

const database = openFile(workerData as string);
if (!database.ok) throw database.error;
// Somebody who copies the file may hold it for a while.
database.value.exec('PRAGMA busy_timeout = 10000');
const statements = openStatements(database.value);
const write = batchWriter(statements);

parentPort?.on('message', (batch: Batch | 'close') => {
  if (batch !== 'close') return parentPort?.postMessage(write(batch), []);
  statements.close();
  parentPort?.close();
});
