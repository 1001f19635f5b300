import type { Backend, BackendServer, DesiredFile } from './desired.ts';

/** What the installed engine can change while it runs. */
export type LiveAbilities = {
  /** Servers added at run time can have a persistence cookie. */
  readonly addServersWithCookie: boolean;
  /** A server that is given another address gets no more requests over the connections there are to the old one. */
  readonly leaveOldAddress: boolean;
  /** The most bytes that a certificate or CA file given to the running engine may have. */
  readonly largestFile: number;
};

/** One change of a running engine. Its inverse is the same with `from` and `to` swapped. */
export type LiveAction =
  | {
      readonly kind: 'server';
      /** The pool as it is where the server is in it. */
      readonly backend: Backend;
      readonly from: BackendServer | undefined;
      readonly to: BackendServer | undefined;
    }
  /** The content of a certificate or a CA file. */
  | { readonly kind: 'file'; readonly from: DesiredFile | undefined; readonly to: DesiredFile | undefined }
  /** The certificates that a service answers with: names of desired files, in order. */
  | {
      readonly kind: 'certificates';
      readonly service: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
    }
  /** Who may use a service. */
  | {
      readonly kind: 'allow';
      readonly service: string;
      readonly list: 'sources' | 'calling';
      readonly from: readonly string[];
      readonly to: readonly string[];
    };

/** What takes an action back. */
export const inverse = (action: LiveAction): LiveAction =>
  ({ ...action, from: action.to, to: action.from }) as LiveAction;

/** Whether one difference can be made live, and if not, why. */
export type Verdict =
  | { readonly how: 'live'; readonly action: LiveAction }
  | { readonly how: 'reload'; readonly because: string }
  | { readonly how: 'none' };

export const live = (action: LiveAction): Verdict => ({ how: 'live', action });
export const reload = (because: string): Verdict => ({ how: 'reload', because });
export const none: Verdict = { how: 'none' };
