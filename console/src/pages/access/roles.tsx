import type { ReactNode } from 'react';
import type { Answer, routes } from '#api/contract';

export type Grant = Answer<(typeof routes)['me']>['grants'][number];

/** Every role, with what it lets somebody do. */
export const ROLES = [
  ['viewer', 'Viewer', 'sees services, servers, queues and what happens; changes nothing'],
  [
    'operator',
    'Operator',
    'also drains servers, takes them into maintenance and back, plans maintenance, and looks after queues',
  ],
  [
    'administrator',
    'Administrator',
    'also changes the spec; of the whole site also reads the audit and manages users and tokens',
  ],
  [
    'auditor',
    'Auditor',
    'sees what a viewer sees, and reads the audit where it is for the whole site; changes nothing',
  ],
] as const satisfies readonly (readonly [Grant['role'], string, string])[];

const NAMES: ReadonlyMap<string, string> = new Map(ROLES.map(([role, name]) => [role, name]));

/** `Operator of pacs, portal`, a line each. */
export const Grants = ({ grants }: { readonly grants: readonly Grant[] }): ReactNode => (
  <ul className="grants">
    {grants.map(({ role, services }) => (
      <li key={`${role} ${String(services)}`}>
        {NAMES.get(role)} of {services === 'all' ? 'the whole site' : services.join(', ')}
      </li>
    ))}
  </ul>
);

export const Roles = (): ReactNode => (
  <section className="section" aria-labelledby="roles">
    <h2 id="roles">What a role may do</h2>
    <dl className="roles">
      {ROLES.map(([role, name, words]) => (
        <div key={role}>
          <dt>{name}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
    <p className="quiet small">
      A role is given for the whole site or for some services. Nobody may do what no role of theirs says, and the
      controller looks at each request anew.
    </p>
  </section>
);
