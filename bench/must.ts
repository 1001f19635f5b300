import type { Result } from '#lib';

/** The value, or the error thrown: a benchmark that cannot do its work ends there. */
export function must<T>(result: Result<T, Error>): T {
  if (result.ok) return result.value;
  throw result.error;
}
