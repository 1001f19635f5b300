import { createContext, use } from 'react';
import type { Answer, routes } from '#api/contract';

import { queries, useAnswer } from './answer.ts';
import { ask } from './ask.ts';

export type Me = Answer<(typeof routes)['me']>;
export type Permission = 'read' | 'operate' | 'change' | 'audit' | 'manage';

/** Asked this often: also how soon a session that was ended elsewhere shows here, ms. */
const EVERY = 15_000;

/** Who is logged in here, asked again and again. An error with status 401 means nobody. */
export const useSession = () => useAnswer('/api/v1/me', undefined, { every: EVERY });

/** Who is logged in, for everything within the frame: asked once, however many buttons depend on it. */
export const MeContext = createContext<Me | undefined>(undefined);

export const useMe = (): Me | undefined => use(MeContext);

export async function logIn(name: string, password: string): Promise<void> {
  await begin(await ask('POST', '/api/v1/login', { body: { name, password } }));
}

/** Shows the console in this browser with a token that only looks, while nobody is logged in. */
export async function openScreen(token: string): Promise<void> {
  await begin(await ask('POST', '/api/v1/screen', { body: { token } }));
}

async function begin(me: Me): Promise<void> {
  // What somebody else was shown before is not for whoever comes now.
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== '/api/v1/me' });
  queries.setQueryData(['/api/v1/me', undefined], me);
  await queries.invalidateQueries({ queryKey: ['/api/v1/me'] });
}

/** Ends the session, and forgets everything that was shown to it. */
export async function logOut(): Promise<void> {
  await ask('POST', '/api/v1/logout');
  forgetEverything();
}

export function forgetEverything(): void {
  queries.clear();
  location.reload();
}

/** What a role may do, as `src/access/grants.ts` has it. The controller decides; this only leaves out what it would refuse. */
const MAY: Readonly<Record<Me['grants'][number]['role'], readonly Permission[]>> = {
  viewer: ['read'],
  operator: ['read', 'operate'],
  administrator: ['read', 'operate', 'change', 'audit', 'manage'],
  auditor: ['read', 'audit'],
};

/** Whether somebody may do something to a service; without one, to the whole site. */
export const may = (me: Me | undefined, permission: Permission, service?: string): boolean =>
  me?.grants.some(
    ({ role, services }) =>
      MAY[role].includes(permission) && (services === 'all' || (service !== undefined && services.includes(service))),
  ) ?? false;
