// Writes to the store named by its argument until it is killed: what a controller does at its busiest.
import { appendAudit, appendEvent, beginRevision, endRevision, openStore, transaction } from '#store';

import { value } from './support.ts';

const store = value(openStore(process.argv[2] ?? ''));
for (let round = 1; ; round++) {
  value(
    transaction(store, () => {
      const number = value(beginRevision(store, { at: round, by: 'anna', origin: 'api', text: 'x'.repeat(10_000) }));
      value(appendAudit(store, { at: round, by: 'anna', action: 'apply', subject: String(number), outcome: 'done' }));
      return endRevision(store, number, { state: 'applied', how: 'live' });
    }),
  );
  value(appendEvent(store, { at: round, tone: 'good', text: `round ${round}` }));
  // Only now is the round acknowledged.
  process.stdout.write(`${round}\n`);
}
