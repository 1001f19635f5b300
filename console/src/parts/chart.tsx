import { type ReactNode, useEffect, useId, useRef, useState, useSyncExternalStore } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { figure } from '../design/numbers.ts';
import { coloursNow, onOtherColours } from '../design/theme.ts';
import { Table } from './table.tsx';
import './chart.css';

export type Series = {
  readonly name: string;
  /** One for each moment; null where nothing was measured: a gap stays a gap. */
  readonly values: readonly (number | null)[];
};

type Props = {
  readonly title: string;
  /** Written behind each number: `ms`, `/s`. */
  readonly unit: string;
  /** Milliseconds since 1970, rising. */
  readonly moments: readonly number[];
  /** At most six. */
  readonly series: readonly Series[];
  readonly height?: number;
};

const COLOURS = ['--chart-1', '--chart-2', '--chart-3', '--chart-4', '--chart-5', '--chart-6'] as const;
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3], [1, 4], [12, 4]] as const;

/** Rows that the table beside a chart shows: as many as one can read. */
const ROWS = 30;

/** Lines over time, and the same as a table for whoever would rather read it, or cannot see it. */
export function Chart({ title, unit, moments, series, height = 160 }: Props): ReactNode {
  const [isTable, setIsTable] = useState(false);
  const [pointed, setPointed] = useState<number>();
  const heading = useId();
  return (
    <figure className="chart" aria-labelledby={heading}>
      <header>
        <h3 id={heading}>
          {title} <span className="quiet small">{unit}</span>
        </h3>
        <Legend series={series} moments={moments} pointed={pointed} />
        <button
          type="button"
          className="button plain small"
          aria-pressed={isTable}
          onClick={() => setIsTable(!isTable)}
        >
          <span className="sr-only">{title} as a </span>Table
        </button>
      </header>
      {isTable ? (
        <Numbers title={title} unit={unit} moments={moments} series={series} />
      ) : (
        <Lines unit={unit} moments={moments} series={series} height={height} title={title} onPoint={setPointed} />
      )}
    </figure>
  );
}

type LegendProps = Pick<Props, 'series' | 'moments'> & { readonly pointed: number | undefined };

/** Which line is which, with its value at the moment that is pointed at; else the last one that is known. */
const Legend = ({ series, moments, pointed }: LegendProps): ReactNode => {
  const moment = pointed === undefined ? undefined : moments[pointed];
  return (
    <ul className="legend small">
      {moment !== undefined && <li className="number">{new Date(moment).toLocaleString()}</li>}
      {series.map(({ name, values }, index) => (
        <li key={name}>
          <svg viewBox="0 0 24 8" aria-hidden="true">
            <line
              x1="0"
              x2="24"
              y1="4"
              y2="4"
              stroke={`var(${COLOURS[index % COLOURS.length]})`}
              strokeDasharray={DASHES[index % DASHES.length]?.join(' ')}
            />
          </svg>
          {series.length > 1 && name}
          <span className="number">
            {figure(
              (pointed === undefined ? values.findLast((value) => value !== null) : values[pointed]) ?? undefined,
            )}
          </span>
        </li>
      ))}
    </ul>
  );
};

type LinesProps = Props & { readonly onPoint: (index: number | undefined) => void };

function Lines({ title, unit, moments, series, height = 160, onPoint }: LinesProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const names = series.map(({ name }) => name).join('\n');
  // A canvas keeps the colours it was drawn in.
  const colours = useSyncExternalStore(onOtherColours, coloursNow);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element, names.split('\n'), height, onPoint), [[]], element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, height, onPoint, colours]);
  useEffect(() => {
    plot.current?.setData([moments.map((moment) => moment / 1_000), ...series.map(({ values }) => [...values])]);
  }, [moments, series, names, height, onPoint, colours]);
  return <div ref={frame} className="chart-lines" role="img" aria-label={inWords({ title, unit, moments, series })} />;
}

function optionsOf(
  element: HTMLElement,
  names: readonly string[],
  height: number,
  onPoint: LinesProps['onPoint'],
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const probe = (name: string): string => {
    // A canvas knows no light-dark(): the browser is asked what it makes of it.
    element.style.color = `var(${name})`;
    const made = getComputedStyle(element).color;
    element.style.color = '';
    return made || colour(name);
  };
  const axis = {
    stroke: probe('--ink-quiet'),
    grid: { stroke: probe('--line'), width: 1 },
    ticks: { stroke: probe('--line'), width: 1, size: 4 },
    font: `12px ${style.fontFamily}`,
  };
  return {
    width: element.clientWidth || 300,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: false } },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.1 : 1] } },
    padding: [8, 8, 0, 0],
    hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? undefined)] },
    axes: [
      {
        ...axis,
        size: 28,
        space: 72,
        values: (_, ticks, _axis, _space, step) => ticks.map((tick) => momentInShort(tick, step)),
      },
      { ...axis, size: 54, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString()) },
    ],
    series: [
      {},
      ...names.map((label, index) => ({
        label,
        stroke: probe(COLOURS[index % COLOURS.length] ?? '--chart-1'),
        dash: [...(DASHES[index % DASHES.length] ?? [])],
        width: 1.5,
        spanGaps: false,
        points: { show: false },
      })),
    ],
  };
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** A moment beside others that are `step` seconds apart. */
function momentInShort(seconds: number, step: number): string {
  const moment = new Date(seconds * 1_000);
  const isMidnight = moment.getHours() === 0 && moment.getMinutes() === 0;
  return (step >= 86_400 || isMidnight ? DAY : CLOCK).format(moment);
}

const Numbers = ({ title, unit, moments, series }: Omit<Props, 'height'>): ReactNode => {
  const step = Math.max(1, Math.ceil(moments.length / ROWS));
  const rows = moments.map((at, index) => ({ at, index })).filter(({ index }) => index % step === 0);
  return (
    <Table
      caption={`${title}, ${unit}`}
      rows={rows.toReversed()}
      keyOf={({ at }) => at}
      columns={[
        { title: 'Time', cell: ({ at }) => new Date(at).toLocaleString() },
        ...series.map(({ name, values }) => ({
          title: name,
          isNumber: true,
          cell: ({ index }: { readonly index: number }) => values[index]?.toLocaleString() ?? '–',
        })),
      ]}
    />
  );
};

/** What a chart says, for whoever cannot see it: each line's last and largest value. */
function inWords({ title, unit, series }: Omit<Props, 'height'>): string {
  const lines = series.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    if (known.length === 0) return `${name}: nothing measured`;
    return `${name}: now ${known.at(-1)?.toLocaleString()}, at most ${Math.max(...known).toLocaleString()}`;
  });
  return `${title} in ${unit}. ${lines.join('; ')}`;
}
