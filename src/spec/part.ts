import type { SpecValue } from './patch.ts';
import { collectProblems } from './problems.ts';
import { readValue } from './spec.ts';
import type { Path, Problem, Spec } from './types.ts';

type Services = ReadonlyMap<string, unknown>;

/**
 * Reads one service of a spec whose other services were read before: what a change of its servers alone can make wrong is
 * found as if the whole spec were read, in a time that does not grow with it. `spec` has the service and those that it
 * follows or that follow it; it is undefined where there is any error. Problems stand at places, not at lines.
 */
export function readServices(
  value: SpecValue,
  service: string,
  directory: string,
): { readonly spec: Spec | undefined; readonly problems: readonly Problem[] } {
  const all = value.get('services') as Services;
  const part = new Map([...value, ['services', new Map([...all].filter(isNear(all, service)))]]);
  const problems = collectProblems((path) => ({ file: path.join('.'), line: 0, column: 0 }));
  const spec = readValue(part, problems, directory);
  return { spec, problems: problems.sorted() };
}

/** True for a service, for those that it follows, for those that follow one of these, and for all that they follow. */
function isNear(all: Services, service: string): (entry: readonly [string, unknown]) => boolean {
  const near = new Set([service]);
  // A set that grows is gone through to its end.
  const addFollowed = (): void => {
    for (const name of near) for (const followed of followedBy(all.get(name))) near.add(followed);
  };
  addFollowed();
  for (const [name, other] of all) if (followedBy(other).some((followed) => near.has(followed))) near.add(name);
  addFollowed();
  return ([name]) => near.has(name);
}

/** The services that a service's checks follow. */
function followedBy(service: unknown): readonly string[] {
  const pools = valueAt(service, ['pools']);
  const checks = [service, ...(pools instanceof Map ? pools.values() : [])].map((of) =>
    valueAt(of, ['check', 'follow']),
  );
  return checks.filter((name): name is string => typeof name === 'string');
}

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((part, step) => (part instanceof Map ? part.get(step) : undefined), value);
