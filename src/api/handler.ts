import type { ServerResponse } from 'node:http';
import type { Result, Secret } from '#lib';
import type { Answer, Asked, Route, RouteName, routes } from '#api/contract';
import type { Asker } from '#apply';

import type { Identity } from './gate.ts';
import type { ApiPorts } from './ports.ts';
import type { Refused } from './problem.ts';

/** What a handler knows of who asks, and what it can say beside its answer. */
export type Context = {
  readonly ports: ApiPorts;
  readonly identity: Identity;
  /** Where the request came from: an IP address, or `local`. */
  readonly from: string;
  /** Whether the asker has the route's permission for a service; undefined: for the whole site. */
  readonly may: (service: string | undefined) => boolean;
  /** The asker as the ports know them. */
  readonly asker: (why: string | undefined) => Asker;
  /** The revision in `If-Match`. */
  readonly ifRevision: number | undefined;
  readonly lastEventId: string | undefined;
  /** For the audit: what it was done to, and what is worth knowing of it. Never a secret. */
  readonly note: (note: {
    /** Who it turned out to be, where that was not known before. */
    readonly by?: string;
    readonly subject?: string;
    readonly detail?: Readonly<Record<string, unknown>>;
  }) => void;
  /** Says which revision the answer shows. */
  readonly tag: (revision: number) => void;
  /** Begins a session in a cookie, or ends it. With `expiresAt` the browser keeps it so long, else until it is closed. */
  readonly setSession: (secret: Secret | undefined, expiresAt?: number) => void;
  /** Has every open stream look again whether its reader is still somebody here. */
  readonly recheckStreams: () => void;
};

/** A handler is given what its schemas made of a request, and answers or says why not. */
export type Handler<R extends Route> = (
  asked: Asked<R>,
  context: Context,
) => Result<Given<R>, Refused> | Promise<Result<Given<R>, Refused>>;

/** One for every route: without it, the table does not compile. */
export type Handlers = { readonly [Name in RouteName]: Handler<(typeof routes)[Name]> };

/** Text may be sent as it is made, or by whoever takes over the response. */
export type TextAnswer = string | ReadableStream<Uint8Array> | ((response: ServerResponse) => void);

type Given<R extends Route> = R['response'] extends { readonly text: unknown } ? TextAnswer : Unchanging<Answer<R>>;

/** The same, where nobody may change anything. */
type Unchanging<T> = T extends readonly (infer E)[]
  ? readonly Unchanging<E>[]
  : T extends object
    ? { readonly [Field in keyof T]: Unchanging<T[Field]> }
    : T;
