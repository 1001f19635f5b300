import { problemKinds, type ProblemCode } from './errors.ts';
import type { Location, Path, Problem } from './types.ts';

/** Which end of a field a problem is about. Unsaid: the value where it is a single one, else the key that names it. */
export type Side = 'key' | 'value';

/** The problems found so far. */
export type Problems = {
  report(code: ProblemCode, path: Path, message: string, side?: Side): void;
  /** Says that what belongs at this place cannot be trusted, so that nobody reports a consequence of it. */
  damage(path: Path): void;
  /** True where something at this place or below it is wrong already. */
  damaged(path: Path): boolean;
  hasErrors(): boolean;
  /** Sorted by place. One place is blamed for one thing once, however many aliases lead to it. */
  sorted(): readonly Problem[];
};

export function collectProblems(locate: (path: Path, side?: Side) => Location): Problems {
  const found = new Map<string, Problem>();
  const damaged = new Set<string>();
  let errors = 0;

  const damage = (path: Path): void => {
    for (let length = path.length; length >= 0; length--) damaged.add(keyOf(path.slice(0, length)));
  };

  return {
    damage,
    damaged: (path) => damaged.size > 0 && damaged.has(keyOf(path)),
    hasErrors: () => errors > 0,
    report(code, path, message, side) {
      const { severity } = problemKinds[code];
      const location = locate(path, side);
      if (severity === 'error') {
        errors++;
        damage(path);
      }
      const identity = `${location.line}:${location.column}:${code}:${message}`;
      if (!found.has(identity)) found.set(identity, { code, severity, message, path, location });
    },
    sorted: () => [...found.values()].sort((a, b) => byPlace(a.location, b.location)),
  };
}

/**
 * One line for a person: `FILE:LINE:COL: message [code]`, or `PLACE: message [code]` for what stands in no file. A warning
 * says so.
 */
export function formatProblem(problem: Problem): string {
  const { file, line, column } = problem.location;
  const mark = problem.severity === 'warning' ? 'warning: ' : '';
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  return `${place}: ${mark}${problem.message} [${problem.code}]`;
}

const byPlace = (a: Location, b: Location): number => a.line - b.line || a.column - b.column;

const keyOf = (path: Path): string => path.join('\u0000');
