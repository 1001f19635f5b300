import { useCallback, useEffect, useState } from 'react';

/** A spec that somebody is writing, and the revision that they began from. */
export type Draft = { readonly base: number; readonly text: string };

/**
 * What somebody is writing, kept in this window until it is applied or given up: over other pages, a lost connection and a
 * reload. `owner`: it is shown to nobody else who logs in here.
 */
export function useDraft(owner: string) {
  const key = `vagus-draft:${owner}`;
  const [draft, setDraft] = useState(() => read(key));
  const keep = useCallback(
    (next: Draft | undefined) => {
      setDraft(next);
      if (next === undefined) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, JSON.stringify(next));
    },
    [key],
  );
  const isDirty = draft !== undefined;
  useEffect(() => {
    if (!isDirty) return undefined;
    // The window itself takes it away.
    const ask = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isDirty]);
  return [draft, keep] as const;
}

function read(key: string): Draft | undefined {
  const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
  if (typeof kept !== 'object' || kept === null || !('base' in kept) || !('text' in kept)) return undefined;
  const { base, text } = kept;
  return typeof base === 'number' && typeof text === 'string' ? { base, text } : undefined;
}
