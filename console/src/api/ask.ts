import type { Answer, Method, Problem, Question, routes } from '#api/contract';

import { isAttended } from './attention.ts';

type Route = (typeof routes)[keyof typeof routes];

/** The paths that can be asked with a method. */
export type PathOf<M extends Method> = Extract<Route, { readonly method: M }>['path'];
type RouteAt<M extends Method, P> = Extract<Route, { readonly method: M; readonly path: P }>;

/** What has to be said when asking at a path, and what comes back. */
export type QuestionAt<M extends Method, P> = Question<RouteAt<M, P>>;
export type AnswerAt<M extends Method, P> = Answer<RouteAt<M, P>>;

/** Why something was not done: the controller's own words (RFC 9457), or that it was not reached at all. */
export class Refused extends Error {
  readonly problem: Problem;
  /** The revision that the question was about is not in force any more, and so on. */
  readonly status: number;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | undefined;

  constructor(problem: Problem, retryAfter?: number) {
    super(problem.detail);
    this.problem = problem;
    this.status = problem.status;
    this.retryAfter = retryAfter;
  }
}

type Extras = {
  /** Only where this revision is in force; otherwise refused with 412. */
  readonly ifRevision?: number;
  readonly signal?: AbortSignal;
};

/**
 * Asks the controller: method and path as the contract has them, what they need, and what comes back. A text answer is its text.
 * Throws `Refused`, also where the controller is not reached.
 */
export async function ask<M extends Method, P extends PathOf<M>>(
  method: M,
  path: P,
  question?: QuestionAt<M, P>,
  { ifRevision, signal }: Extras = {},
): Promise<AnswerAt<M, P>> {
  const { params, query, body } = (question ?? {}) as Loose;
  const response = await send(addressOf(path, params, query), {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': typeof body === 'string' ? 'application/yaml' : 'application/json' }),
      ...(ifRevision !== undefined && { 'if-match': `"${ifRevision}"` }),
      ...(!isAttended() && { 'x-vagus-unattended': '1' }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  if (!response.ok) throw await refusalOf(response);
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false;
  const answer: unknown = response.status === 204 ? undefined : isJson ? await response.json() : await response.text();
  return answer as AnswerAt<M, P>;
}

type Loose = {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
};

/** `/services/:service?limit=5` with its parameters filled in. */
export function addressOf(path: string, params: Loose['params'] = {}, query: Loose['query'] = {}): string {
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const said = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return said.length === 0 ? filled : `${filled}?${new URLSearchParams(said)}`;
}

async function send(address: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(address, request);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
    throw new Refused({
      ...unreached,
      title: 'Not reached',
      detail: 'the controller cannot be reached; traffic goes on',
    });
  }
}

const unreached = {
  type: 'about:blank',
  status: 0,
  code: 'console-unreached',
  blame: 'machine',
  unit: 'it is not known whether it was done',
  retry: 'unknown',
} as const;

async function refusalOf(response: Response): Promise<Refused> {
  const wait = Number(response.headers.get('retry-after'));
  const problem = (await response.json().catch(() => ({
    ...unreached,
    status: response.status,
    title: response.statusText,
    detail: `something between here and the controller answered ${response.status}`,
  }))) as Problem;
  return new Refused(problem, Number.isFinite(wait) && wait > 0 ? wait : undefined);
}
