import type { ReactNode } from 'react';

import { may, useMe } from '../../api/session.ts';
import { zoneInWords } from '../../parts/moment.tsx';
import { OwnAccount } from './own-account.tsx';
import { Roles } from './roles.tsx';
import { Sessions } from './sessions.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';
import './access.css';

/** Who may what here: for everybody their own account, for whoever manages accounts all of them. */
export function AccessPage(): ReactNode {
  const me = useMe();
  if (me === undefined) return null;
  const isManager = may(me, 'manage');
  return (
    <div className="page">
      <div className="page-head">
        <h1>Access</h1>
        <p className="quiet small">Times in {zoneInWords()}.</p>
      </div>
      {isManager && <Users />}
      {isManager && <Tokens />}
      {(isManager || me.kind === 'user') && <Sessions isEverybodys={isManager} />}
      {me.kind === 'user' && <OwnAccount me={me} />}
      <Roles />
    </div>
  );
}
