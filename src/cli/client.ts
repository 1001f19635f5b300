import { type Answer, Problem, type Question, type Route, type RouteName, routes } from '#api/contract';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { formatProblem } from '#spec';

import { oneLine } from './paint.ts';
import { EXIT, type Target, type World } from './world.ts';

type SpecProblems = NonNullable<Problem['problems']>;

/** Why a controller did not do what it was asked, or could not be asked. */
export type Refusal = {
  /** What the command ends with. */
  readonly exit: number;
  /** The stable code of the controller's error, or of why it was not reached. */
  readonly code: string | undefined;
  readonly message: string;
  /** What is wrong with a spec, at its lines. */
  readonly problems: SpecProblems;
};

/** The answer to a request of the contract, or why there is none. */
export type Called<Name extends RouteName> = Result<Answer<(typeof routes)[Name]>, Refusal>;

/** A question of any request. */
type Loose = {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  readonly ifMatch?: number;
};

/** Refusals that protect the traffic: the request was right, and doing it would hurt. */
const FOR_SAFETY: ReadonlySet<string> = new Set(['apply-would-empty']);

/**
 * Asks a controller one thing of the contract, by name. With `ifMatch`, a change is made only where that revision is in
 * force. Prints nothing; `refuse` says what went wrong.
 */
export async function call<Name extends RouteName>(
  world: World,
  target: Target,
  name: Name,
  question: Question<(typeof routes)[Name]> & { readonly ifMatch?: number | undefined } = {},
): Promise<Called<Name>> {
  const route: Route = routes[name];
  const { params = {}, query = {}, body, ifMatch } = question as Loose;
  const isText = route.body !== undefined && 'text' in route.body;
  const headers: Record<string, string> = {};
  if (body !== undefined) headers['Content-Type'] = isText ? 'application/yaml' : 'application/json';
  if (ifMatch !== undefined) headers['If-Match'] = `"${ifMatch}"`;
  const replied = await world.ask(target, {
    method: route.method,
    path: pathOf(route.path, params) + queryOf(query),
    headers,
    body: body === undefined || isText ? (body as string | undefined) : JSON.stringify(body),
  });
  if (!replied.ok) return err(unreachable(target, replied.error, route.method !== 'GET'));
  const { status, body: text } = replied.value;
  if (status < 200 || status > 299) return err(refusalOf(status, text));
  return understood(route, text) as Called<Name>;
}

const pathOf = (path: string, params: Readonly<Record<string, string | number>>): string =>
  path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));

function queryOf(query: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return given.length === 0 ? '' : `?${given.join('&')}`;
}

function understood({ response }: Route, text: string): Result<unknown, Refusal> {
  if (response === undefined) return ok(undefined);
  if (!('safeParse' in response)) return ok(text);
  const parsed = response.safeParse(jsonOf(text));
  return parsed.success ? ok(parsed.data) : err(misunderstood('the controller’s answer is not understood'));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const misunderstood = (what: string): Refusal => ({
  exit: EXIT.unreachable,
  code: undefined,
  message: `${what}; is it of another version than this command?`,
  problems: [],
});

function unreachable({ state, url }: Target, { code, message }: Fault, isChange: boolean): Refusal {
  const refused = { exit: EXIT.unreachable, code, problems: [] };
  if (code === 'system-nobody-there' && url === undefined) {
    return { ...refused, message: `no controller runs on ${state}; start it with: vagus run FILE` };
  }
  const doubt = code === 'system-no-answer' && isChange ? '; what was asked may or may not have been done' : '';
  return { ...refused, message: `${message}${doubt}` };
}

const ADVICE: Readonly<Record<number, string>> = {
  401: 'put a token that is good into $VAGUS_TOKEN; an administrator makes one with: vagus token add NAME --role ROLE',
  403: 'an administrator can allow it with: vagus user grant NAME --role ROLE',
};

function refusalOf(status: number, text: string): Refusal {
  const parsed = Problem.safeParse(jsonOf(text));
  if (!parsed.success) return misunderstood(`the controller answered with HTTP ${status}`);
  const { code, detail, problems = [] } = parsed.data;
  const advice = ADVICE[status] === undefined ? '' : `; ${ADVICE[status]}`;
  return { exit: exitOf(code), code, message: `${detail}${advice}`, problems };
}

const exitOf = (code: string): number => (FOR_SAFETY.has(code) ? EXIT.refused : EXIT.wrong);

/** Says why something was not done: what is wrong with a spec at its lines, then the reason. Returns the exit code. */
export function refuse(world: Pick<World, 'complain'>, { exit, message, problems }: Refusal): number {
  for (const problem of problems) world.complain(oneLine(formatProblem(problem)));
  world.complain(oneLine(message));
  return exit;
}

/** Problems of a file under the name that was typed, where the controller knows it by its whole path. */
export function asTyped<Said extends { readonly location: { readonly file: string } }>(
  problems: readonly Said[],
  typed: string,
  whole: string,
): Said[] {
  return problems.map((problem) =>
    problem.location.file === whole ? { ...problem, location: { ...problem.location, file: typed } } : problem,
  );
}
