import type { ReactNode } from 'react';

const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const DAY_AND_YEAR = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
const CLOCK = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const ZONE = new Intl.DateTimeFormat(undefined, { timeZoneName: 'short' });

/** A moment on the viewer's clock, `24 Nov 14:25:12`; with the year where it is another one. */
export function Moment({ at }: { readonly at: number }): ReactNode {
  const moment = new Date(at);
  const day = moment.getFullYear() === new Date().getFullYear() ? DAY : DAY_AND_YEAR;
  return (
    <time dateTime={moment.toISOString()} title={moment.toLocaleString(undefined, { timeZoneName: 'long' })}>
      <span className="number">{day.format(moment)}</span> <span className="number">{CLOCK.format(moment)}</span>
    </time>
  );
}

/** In which zone the moments of a page are: `Europe/Berlin (CET)`. */
export function zoneInWords(): string {
  const { timeZone } = ZONE.resolvedOptions();
  const short = ZONE.formatToParts().find(({ type }) => type === 'timeZoneName')?.value;
  return short === undefined || short === timeZone ? timeZone : `${timeZone} (${short})`;
}
