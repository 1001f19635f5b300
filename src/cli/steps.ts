import { columns, type Paint } from './paint.ts';

/** A step of a plan, as far as it is shown. */
export type ShownStep = {
  readonly change: 'add' | 'remove' | 'change';
  readonly subject: string;
  readonly fields: readonly string[];
  readonly how: 'start' | 'reload' | 'live' | 'none';
  readonly because?: string | undefined;
};

const SIGN = { add: '+', remove: '-', change: '~' } as const;

const HOW: Readonly<Record<ShownStep['how'], string>> = {
  start: 'start',
  reload: 'reload',
  live: 'live',
  none: 'no effect on HAProxy',
};

/** One line for each step: what differs, how it gets there, and why not live. After `most` lines the rest is counted. */
export function stepsInWords(steps: readonly ShownStep[], style: Paint, most = Infinity): readonly string[] {
  const shown = steps.slice(0, most);
  const colour = { add: style.good, remove: style.bad, change: style.doubtful };
  const rows = columns(
    shown.map(({ change, subject, fields, how, because }) => [
      SIGN[change],
      subject,
      fields.join(', '),
      because === undefined ? HOW[how] : `${HOW[how]}: ${because}`,
    ]),
  );
  const lines = rows.map((row, at) => colour[shown[at]?.change ?? 'change'](`  ${row}`));
  const rest = steps.length - shown.length;
  return rest === 0 ? lines : [...lines, style.faint(`  … and ${rest} more`)];
}

/** What all steps together do to the traffic. */
export function effectOf(steps: readonly ShownStep[]): string {
  const hows = new Set(steps.map(({ how }) => how));
  if (hows.has('start')) return 'HAProxy is not running for this site; it would be started.';
  const along = hows.has('live') ? ' What could be done live goes with it.' : '';
  if (hows.has('reload')) {
    return `One hitless reload: no connection is dropped, and associations under way stay where they are.${along}`;
  }
  return hows.has('live') ? 'All of it live, without a reload.' : 'HAProxy has to be told of nothing.';
}
