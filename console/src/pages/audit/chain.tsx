import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Answer, routes } from '#api/contract';

import { ask, type Refused } from '../../api/ask.ts';
import { useNow } from '../../api/live.tsx';
import { spanInWords } from '../../design/numbers.ts';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { StateMark } from '../../parts/state-badge.tsx';
import './audit.css';

type Verdict = Answer<(typeof routes)['auditVerify']>;

/** Whether the audit is as it was written; looked at when the page is opened and when somebody asks: all of it has to be read. */
export function Chain(): ReactNode {
  const now = useNow(1_000);
  const verdict = useQuery<Verdict, Refused>({
    queryKey: ['/api/v1/audit/verify'],
    queryFn: ({ signal }) => ask('GET', '/api/v1/audit/verify', undefined, { signal }),
    refetchOnWindowFocus: false,
  });
  if (verdict.data === undefined && verdict.error) return <ErrorNotice error={verdict.error} what="Check the audit" />;
  const { data, dataUpdatedAt, isFetching, refetch } = verdict;
  return (
    <section className="section" aria-label="State of the audit">
      {data !== undefined && !data.intact && <Broken verdict={data} />}
      <div className="audit-chain">
        {data?.intact && (
          <p title={data.head === undefined ? undefined : `The last entry has the hash ${data.head}`}>
            <StateMark tone="good" /> <strong>{entriesInWords(data.entries)}, unbroken</strong>
          </p>
        )}
        <p className="quiet small">
          {data === undefined || isFetching
            ? 'Checking every entry…'
            : `checked ${spanInWords((now - dataUpdatedAt) / 1_000)} ago`}
        </p>
        <button type="button" className="button" disabled={isFetching} onClick={() => void refetch()}>
          Check again
        </button>
        <a className="button" href="/api/v1/audit/export" download="audit.jsonl">
          Export all as JSON lines
        </a>
      </div>
    </section>
  );
}

const entriesInWords = (count: number): string => (count === 1 ? '1 entry' : `${count.toLocaleString()} entries`);

const Broken = ({ verdict: { brokenAt, why, entries } }: { readonly verdict: Verdict }): ReactNode => (
  <div className="note error-notice" data-tone="bad" role="alert">
    <p>
      <StateMark tone="bad" />{' '}
      <strong>The audit is not as it was written{brokenAt === undefined ? '' : `, from entry ${brokenAt} on`}</strong>
    </p>
    {why !== undefined && <p>What is wrong: {why}.</p>}
    <p>
      Of {entriesInWords(entries)}, those before {brokenAt ?? 'the break'} can be relied on. Somebody, or a failing
      disk, has altered <code>vagus.db</code> from outside; traffic is not touched by it. Export the audit now, keep a
      copy of <code>vagus.db</code> as it is, and compare both with the last backup and with the hash that was noted
      elsewhere.
    </p>
  </div>
);
