import type { ReactNode } from 'react';

import type { Answer, routes } from '#api/contract';

import { useAnswer } from '../../api/answer.ts';
import { count } from '../../design/numbers.ts';
import type { Shown } from '../../design/states.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import './certificates.css';

type Certificate = Answer<(typeof routes)['certificates']>[number];

const DAY = 86_400_000;
const EVERY = 60_000;

/** So many days before it ends, it takes somebody's attention; and so many, it is late. */
const SOON = 30;
const LATE = 7;

/** The certificates in use, those that end first at the top. */
export function CertificatesPage(): ReactNode {
  const certificates = useAnswer('/api/v1/certificates', undefined, { every: EVERY });
  const rows = (certificates.data ?? []).toSorted((a, b) => a.notAfter - b.notAfter);
  return (
    <div className="page">
      <h1>Certificates</h1>
      {certificates.error && <ErrorNotice error={certificates.error} onRetry={() => void certificates.refetch()} />}
      {certificates.data?.length === 0 && <EmptyState title="No service uses a certificate" />}
      {rows.length > 0 && (
        <Table
          caption="Certificates, those that end first at the top"
          columns={columns}
          rows={rows}
          keyOf={({ file, fingerprint, use }) => `${use} ${file} ${fingerprint}`}
        />
      )}
    </div>
  );
}

const daysLeft = ({ notAfter }: Certificate): number => Math.floor((notAfter - Date.now()) / DAY);

function shown(certificate: Certificate): Shown {
  const days = daysLeft(certificate);
  if (certificate.notBefore > Date.now()) return { tone: 'bad', word: 'Not valid yet' };
  if (days < 0) return { tone: 'bad', word: 'Over' };
  const word = `${count(days, 'day')} left`;
  return { tone: days < LATE ? 'bad' : days < SOON ? 'doubtful' : 'good', word };
}

const day = (at: number): string => new Date(at).toLocaleDateString([], { dateStyle: 'medium' });

const columns: readonly Column<Certificate>[] = [
  { title: 'Certificate', cell: (certificate) => <Name {...certificate} /> },
  { title: 'Valid', cell: (certificate) => <StateBadge shown={shown(certificate)} /> },
  {
    title: 'Until',
    cell: ({ notAfter }) => (
      <time className="number" dateTime={new Date(notAfter).toISOString()}>
        {day(notAfter)}
      </time>
    ),
  },
  {
    title: 'Used by',
    cell: ({ use, services }) => `${services.join(', ')}${use === 'authorities' ? ', to know others by' : ''}`,
  },
  { title: 'Issuer', cell: ({ issuer, subject }) => (issuer === subject ? 'itself' : commonName(issuer)) },
];

const Name = ({ subject, names, algorithm }: Certificate): ReactNode => (
  <>
    {commonName(subject)}
    <span className="certificate-more quiet small">
      {algorithm}
      {names.length > 0 && ` · ${names.join(', ')}`}
    </span>
  </>
);

/** What people call it: `CN=pacs.example.org, O=…` is long. */
const commonName = (name: string): string => /CN=([^,\n]+)/.exec(name)?.[1] ?? name;
