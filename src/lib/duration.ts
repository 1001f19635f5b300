const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof UNITS;

/** Reads `250ms`, `5s`, `30m`, `12h`, `7d`. Returns milliseconds, or undefined where the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text);
  return match ? Number(match[1]) * UNITS[match[2] as Unit] : undefined;
}

/** Writes milliseconds in the largest unit that holds them without a fraction: 90000 is `90s`, 43200000 is `12h`. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (milliseconds !== 0 && milliseconds % UNITS[unit] === 0) return `${milliseconds / UNITS[unit]}${unit}`;
  }
  return `${milliseconds}ms`;
}

/** Writes a time span for people, rounded to what matters: `0.4 s`, `12 s`, `4 min`, `3 h`, `5 d`. */
export function approximate(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 10_000) return `${(milliseconds / 1_000).toFixed(1)} s`;
  if (milliseconds < 120_000) return `${Math.round(milliseconds / 1_000)} s`;
  if (milliseconds < 2 * UNITS.h) return `${Math.round(milliseconds / UNITS.m)} min`;
  if (milliseconds < 2 * UNITS.d) return `${Math.round(milliseconds / UNITS.h)} h`;
  return `${Math.round(milliseconds / UNITS.d)} d`;
}
