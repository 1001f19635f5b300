import type { z } from 'zod';

/** What somebody has to be allowed to do. `public`: anybody may, before they have said who they are. */
export type Permission = 'public' | 'read' | 'operate' | 'change' | 'audit' | 'manage';

/**
 * How far a request reaches. `service`: the service in its path. `site`: everything. `listed`: what the asker may see of
 * it. `asked`: the services that its body leads to, found out before anything is done.
 */
export type Reach = 'service' | 'site' | 'listed' | 'asked';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request that a controller answers. */
export type Route = {
  readonly method: Method;
  /** With parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly permission: Permission;
  readonly reach: Reach;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Takes `If-Match` with the number of the revision that the asker has seen. */
  readonly conditional?: true;
  /** A JSON body, or a text of one of these media types. */
  readonly body?: z.ZodType | { readonly text: readonly string[] };
  /** A JSON body, a text of this media type, or nothing (204). */
  readonly response: z.ZodType | { readonly text: string } | undefined;
};

/** Fixes the type of a route to exactly what is written. */
export const route = <const R extends Route>(described: R): R => described;

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;
type Input<Schema> = Schema extends z.ZodType ? z.input<Schema> : undefined;
type Content<Body> = Body extends z.ZodType
  ? z.output<Body>
  : Body extends { readonly text: unknown }
    ? string
    : undefined;

/** What a handler of a route is given. */
export type Asked<R extends Route> = {
  readonly params: Output<R['params']>;
  readonly query: Output<R['query']>;
  readonly body: Content<R['body']>;
};

/** What somebody who asks has to say. */
export type Question<R extends Route> = {
  readonly params?: Input<R['params']>;
  readonly query?: Input<R['query']>;
  readonly body?: R['body'] extends z.ZodType ? z.input<R['body']> : string;
};

export type Answer<R extends Route> = Content<R['response']>;
