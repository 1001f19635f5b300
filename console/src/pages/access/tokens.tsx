import { type ReactNode, useState } from 'react';
import type { Answer, routes } from '#api/contract';

import { refresh, useAnswer } from '../../api/answer.ts';
import { ask } from '../../api/ask.ts';
import { useNow } from '../../api/live.tsx';
import type { Shown } from '../../design/states.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ErrorNotice } from '../../parts/error-notice.tsx';
import { Moment } from '../../parts/moment.tsx';
import { StateBadge } from '../../parts/state-badge.tsx';
import { Table } from '../../parts/table.tsx';
import { RelativeTime } from '../../parts/time.tsx';
import { MakeToken } from './make-token.tsx';
import { Grants } from './roles.tsx';

type Token = Answer<(typeof routes)['tokens']>[number];

/** A token that ends so soon should have been replaced, ms. */
const SOON = 14 * 86_400_000;

/** What programs log in with, and screens on a wall. */
export function Tokens(): ReactNode {
  const tokens = useAnswer('/api/v1/tokens');
  const now = useNow(60_000);
  const [isMaking, setIsMaking] = useState(false);
  const [isAll, setIsAll] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  const isOver = ({ revokedAt, expiresAt }: Token): boolean => revokedAt !== undefined || expiresAt <= now;
  const over = tokens.data?.filter(isOver).length ?? 0;
  return (
    <section className="section" aria-labelledby="tokens">
      <div className="page-head">
        <h2 id="tokens">Tokens for programs and screens</h2>
        <button type="button" className="button" onClick={() => setIsMaking(true)}>
          Make a token…
        </button>
        {over > 0 && (
          <label>
            <input type="checkbox" checked={isAll} onChange={({ target }) => setIsAll(target.checked)} /> Also the{' '}
            {over} that ended
          </label>
        )}
      </div>
      {tokens.data === undefined ? (
        tokens.error && <ErrorNotice error={tokens.error} onRetry={() => void tokens.refetch()} />
      ) : (
        <TokenTable
          tokens={isAll ? tokens.data : tokens.data.filter((token) => !isOver(token))}
          now={now}
          onRevoke={setRevoking}
        />
      )}
      {isMaking && <MakeToken onClose={() => setIsMaking(false)} />}
      {revoking && <Revoke token={revoking} onClose={() => setRevoking(undefined)} />}
    </section>
  );
}

type TableProps = {
  readonly tokens: readonly Token[];
  readonly now: number;
  readonly onRevoke: (token: Token) => void;
};

const TokenTable = ({ tokens, now, onRevoke }: TableProps): ReactNode =>
  tokens.length === 0 ? (
    <EmptyState title="No token is in use">
      <p>
        A program that asks the API, such as Prometheus or a backup, shows a token instead of a password; so does a
        screen on a wall, where nobody logs in.
      </p>
    </EmptyState>
  ) : (
    <Table
      caption="Tokens"
      rows={tokens}
      keyOf={({ id }) => id}
      columns={[
        { title: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
        { title: 'Roles', cell: ({ grants }) => <Grants grants={grants} /> },
        { title: 'State', cell: (token) => <StateBadge shown={stateOf(token, now)} /> },
        {
          title: 'Expires',
          cell: ({ expiresAt }) => <RelativeTime at={expiresAt} />,
          sortBy: ({ expiresAt }) => expiresAt,
        },
        {
          title: 'Last used',
          cell: ({ lastUsedAt }) => (lastUsedAt === undefined ? 'never' : <RelativeTime at={lastUsedAt} />),
          sortBy: ({ lastUsedAt }) => lastUsedAt ?? 0,
        },
        { title: 'Made', cell: made, sortBy: ({ createdAt }) => createdAt },
        {
          title: 'Actions',
          cell: (token) =>
            token.revokedAt === undefined && (
              <span className="buttons">
                <button
                  type="button"
                  className="button"
                  aria-label={`Revoke ${token.name}`}
                  onClick={() => onRevoke(token)}
                >
                  Revoke…
                </button>
              </span>
            ),
        },
      ]}
    />
  );

function stateOf({ revokedAt, expiresAt }: Token, now: number): Shown {
  if (revokedAt !== undefined) return { tone: 'apart', word: 'Revoked' };
  if (expiresAt <= now) return { tone: 'apart', word: 'Expired' };
  return expiresAt - now < SOON ? { tone: 'doubtful', word: 'Expires soon' } : { tone: 'good', word: 'Valid' };
}

const made = ({ createdAt, createdBy }: Token): ReactNode => (
  <span>
    <Moment at={createdAt} /> <span className="quiet small">by {createdBy}</span>
  </span>
);

type Props = { readonly token: Token; readonly onClose: () => void };

function Revoke({ token: { id, name }, onClose }: Props): ReactNode {
  const revoke = async (): Promise<void> => {
    await ask('DELETE', '/api/v1/tokens/:id', { params: { id } });
    await refresh('/api/v1/tokens');
  };
  return (
    <ConfirmDialog
      isOpen
      title={`Revoke the token ${name}?`}
      action="Revoke"
      onConfirm={revoke}
      onClose={onClose}
      isDangerous
    >
      <p>
        Programs and screens that show it are refused from now on. It cannot be taken back; a new token has another
        secret.
      </p>
    </ConfirmDialog>
  );
}
