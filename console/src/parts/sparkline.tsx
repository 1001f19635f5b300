import type { ReactNode } from 'react';

const [WIDTH, HEIGHT] = [64, 18] as const;

/** A line without axes beside a number that says the same. A gap stays a gap. */
export function Sparkline({ values }: { readonly values: readonly (number | null)[] }): ReactNode {
  const most = Math.max(1e-9, ...values.map((value) => value ?? 0));
  const x = (index: number): number => (index / Math.max(1, values.length - 1)) * WIDTH;
  const y = (value: number): number => HEIGHT - 1 - (value / most) * (HEIGHT - 2);
  const path = values
    .map((value, index) => {
      if (value === null) return '';
      const begins = index === 0 || values[index - 1] === null;
      return `${begins ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
  return (
    <svg width={WIDTH} height={HEIGHT} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={path} fill="none" stroke="var(--ink-quiet)" strokeWidth="1.25" strokeLinejoin="round" />
    </svg>
  );
}
