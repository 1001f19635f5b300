/** The value that a JSON pointer (RFC 6901) leads to; undefined where there is none. */
export function valueAt(document: unknown, pointer: string): unknown {
  let value = document;
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/** The number there, also one that is written as a text (`"0.42"`, `"42 %"`). Undefined where there is none, or a negative. */
export function amountAt(document: unknown, pointer: string): number | undefined {
  const value = valueAt(document, pointer);
  const number =
    typeof value === 'string' ? Number(/^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(value)?.[1] ?? Number.NaN) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
