import { nearest } from '#lib';

const LONGEST = 60;

/** Text from the spec as part of a one-line message: in backquotes, shortened, no control characters. */
export function quote(text: string): string {
  const [...letters] = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
  return `\`${letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join('')}…` : letters.join('')}\``;
}

/** A single value, or what kind of thing stands in its place. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  if (typeof value === 'string') return value === '' ? 'an empty text' : quote(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return quote(String(value));
  return 'something else';
}

/** "a, b and c": names in backquotes. */
export function enumerate(words: readonly string[], conjunction = 'and'): string {
  const quoted = words.map(quote);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${conjunction} ${last}`;
}

/** "; did you mean `x`?", or nothing where no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const guess = nearest(word, candidates);
  return guess === undefined ? '' : `; did you mean ${quote(guess)}?`;
}
