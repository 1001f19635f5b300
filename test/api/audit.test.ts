import { afterAll, expect, test } from 'vitest';
import { appendAudit, auditEntries, closeStore, transaction } from '#store';

import { endPrograms } from '../support/programs.ts';
import { ALL, startApi } from './support.ts';

afterAll(endPrograms);

test('where the audit cannot be written, nothing is changed', async () => {
  const rig = await startApi();
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  rig.store.database.exec('PRAGMA query_only = ON');
  const answer = await rig.ask({ method: 'POST', url: '/api/v1/confirm', headers });
  expect(answer.statusCode).toBeGreaterThanOrEqual(500);
  expect(answer.json().code).toMatch(/^store-/);
  expect(rig.calls).toEqual([]);
  expect((await rig.ask({ url: '/api/v1/services', headers })).statusCode).toBe(200);
  rig.store.database.exec('PRAGMA query_only = OFF');
  await rig.close();
});

test('where it can no more be written after a change, that is said, and that the change is in force', async () => {
  const rig = await startApi();
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  const { rollback } = rig.ports.changes;
  Object.assign(rig.ports.changes, {
    async rollback(...args: Parameters<typeof rollback>) {
      rig.store.database.exec('PRAGMA query_only = ON');
      return rollback(...args);
    },
  });
  const answer = await rig.ask({ method: 'POST', url: '/api/v1/revisions/2/rollback', headers });
  expect(answer.json()).toMatchObject({ status: 507, code: 'api-not-audited' });
  expect(answer.json().unit).toContain('in force');
  expect(rig.calls).toHaveLength(1);
  rig.store.database.exec('PRAGMA query_only = OFF');
  await rig.close();
});

test('reads leave no entry, refusals of reads do', async () => {
  const rig = await startApi();
  const headers = { authorization: `Bearer ${rig.token({ role: 'viewer', services: ['portal'] })}` };
  await rig.ask({ url: '/api/v1/services', headers });
  await rig.ask({ url: '/api/v1/services/pacs', headers });
  await rig.ask({ url: '/api/v1/services/portal/pools/none', headers });
  const entries = auditEntries(rig.store, { limit: 10 });
  expect(entries.ok && entries.value).toMatchObject([
    { by: 'token:t1', action: 'service', subject: 'pacs', outcome: 'refused', detail: { code: 'access-denied' } },
  ]);
  await rig.close();
});

test('a store that is gone is said to be so', async () => {
  const rig = await startApi();
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  closeStore(rig.store);
  const answer = await rig.ask({ url: '/api/v1/me', headers });
  expect(answer.statusCode).toBe(500);
  await rig.api.close();
});

test('while the whole chain is gone through, others are answered', async () => {
  const rig = await startApi();
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  const entry = { at: 1, by: 'anna', action: 'drain', subject: 'portal/web1', outcome: 'done' } as const;
  transaction(rig.store, () => {
    let added = appendAudit(rig.store, entry);
    for (let count = 1; count < 5_000; count += 1) added = appendAudit(rig.store, entry);
    return added;
  });
  const verified = rig.ask({ url: '/api/v1/audit/verify', headers });
  const asked = rig.ask({ url: '/api/v1/services', headers });
  expect(await Promise.race([verified.then(() => 'verified'), asked.then(() => 'asked')])).toBe('asked');
  expect((await verified).json()).toMatchObject({ intact: true, entries: 5_000 });
  await rig.close();
});
