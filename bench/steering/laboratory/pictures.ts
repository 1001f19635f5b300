import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ratioOf } from './numbers.ts';
import type { Cell } from './results.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { at, BLUE, box, dot, FAINT, INK, line, RULE, svg, text, AMBER } from './svg.ts';
import { ratios } from './tables.ts';

/** Draws what was found, for a page. */
export function draw(directory: string, cells: readonly Cell[]): void {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'steering.svg'), comparison(cells));
  const overTime = overTimeOf(cells);
  if (overTime !== undefined) writeFileSync(join(directory, 'steering-over-time.svg'), overTime);
}

/** Where the scale of ratios lies, and what it shows. */
const SCALE = { left: 250, right: 640, from: 0.4, to: 1.3 };
const ROW = 24;

const x = (ratio: number): number =>
  SCALE.left +
  ((Math.min(SCALE.to, Math.max(SCALE.from, ratio)) - SCALE.from) / (SCALE.to - SCALE.from)) *
    (SCALE.right - SCALE.left);

/** p50 and p99 with steering, as a part of leastconn's, where speeds differ. */
function comparison(cells: readonly Cell[]): string {
  const shown = scenarios.filter(
    ({ name, kind }) => kind === 'speed' && cells.some(({ scenario }) => scenario === name),
  );
  const body: string[] = [];
  let y = 88;
  for (const scenario of shown) {
    body.push(text(20, y, scenario.name, { weight: 600 }));
    y += ROW;
    const mine = cells.filter((cell) => cell.scenario === scenario.name);
    for (const [index, load] of scenario.loads.entries()) {
      body.push(...row(mine, scenario, index, load, y));
      y += ROW;
    }
    y += 8;
  }
  const bottom = y - 12;
  const ticks = [0.4, 0.6, 0.8, 1, 1.2].flatMap((tick) => [
    line(x(tick), 64, x(tick), bottom, tick === 1 ? INK : RULE, tick === 1 ? 1.5 : 1),
    text(x(tick), 58, tick === 1 ? 'leastconn' : String(tick), { anchor: 'middle', fill: FAINT }),
  ]);
  const title = 'Response times with steering, as a part of leastconn’s: left is better';
  const legend = [
    dot(26, bottom + 22, BLUE, BLUE),
    text(38, bottom + 26, 'p99, with the 95 % interval over seeds'),
    dot(310, bottom + 22, '#fff', BLUE),
    text(322, bottom + 26, 'p50'),
    line(372, bottom + 15, 372, bottom + 29, INK, 2, '3 2'),
    text(382, bottom + 26, 'what was asked for, p99'),
  ];
  return svg(760, bottom + 44, title, [text(20, 30, title, { weight: 600 }), ...ticks, ...body, ...legend]);
}

function row(cells: readonly Cell[], { target }: Scenario, index: number, load: number, y: number): readonly string[] {
  const of = (value: (cell: Cell) => number) => ratioOf(ratios(cells, 'on', load, value));
  const p99 = of(({ numbers }) => numbers.p99);
  const p50 = of(({ numbers }) => numbers.p50);
  const middle = y - 4;
  const asked = target?.[index];
  if (Number.isNaN(p99.is)) return [];
  return [
    text(232, y, `at ${load} of capacity`, { anchor: 'end', fill: FAINT }),
    ...(asked === undefined ? [] : [line(x(asked), middle - 8, x(asked), middle + 8, INK, 2, '3 2')]),
    ...(Number.isNaN(p99.from) ? [] : [line(x(p99.from), middle, x(p99.to), middle, BLUE, 3)]),
    dot(x(p50.is), middle, '#fff', BLUE),
    dot(x(p99.is), middle, BLUE, BLUE),
    text(656, y, p99.is.toFixed(2), { weight: 600 }),
    text(696, y, `p50 ${p50.is.toFixed(2)}`, { fill: FAINT }),
  ];
}

const OVER_TIME = { scenario: 'slow third moves every 10 s', load: 0.7, seed: 1 };
const STRIP = { left: 60, right: 740, height: 46, gap: 12 };

/** The weight of each server over one pass, above the times at which it was really slow. */
function overTimeOf(cells: readonly Cell[]): string | undefined {
  const { scenario: name, load, seed } = OVER_TIME;
  const scenario = scenarios.find((one) => one.name === name);
  const watched = cells.find(
    (cell) => cell.scenario === name && cell.load === load && cell.seed === seed && cell.policy === 'on',
  )?.watched;
  if (scenario === undefined || watched === undefined) return undefined;
  const { servers, duration } = scenario.model(load, seed);
  const time = (ms: number): number =>
    STRIP.left + (Math.min(duration, Math.max(0, ms)) / duration) * (STRIP.right - STRIP.left);
  const seen = watched.filter((moment) => moment.at >= 0 && moment.at <= duration);
  const body = servers.flatMap(({ name: server, script = [] }, index) => {
    const top = 70 + index * (STRIP.height + STRIP.gap);
    const floor = top + STRIP.height;
    const slow = script.flatMap(({ at: from, speed }, turn) =>
      (speed ?? 1) < 1 && from < duration
        ? [box(time(from), top, time(script[turn + 1]?.at ?? duration) - time(from), STRIP.height, AMBER)]
        : [],
    );
    const weight = (value: number): number => floor - (Math.min(150, value) / 150) * STRIP.height;
    const steps = seen.map((moment) => `H${at(time(moment.at))}V${at(weight(moment.weights[index] ?? 0))}`).join('');
    return [
      ...slow,
      text(20, top + STRIP.height / 2 + 4, server, { weight: 600 }),
      `<path d="M${STRIP.left} ${at(weight(100))}${steps}H${STRIP.right}" fill="none" stroke="${BLUE}" stroke-width="1.6"/>`,
      line(STRIP.left, floor, STRIP.right, floor, RULE),
    ];
  });
  const bottom = 70 + servers.length * (STRIP.height + STRIP.gap);
  const ticks = Array.from({ length: Math.floor(duration / 10_000) + 1 }, (_, tick) =>
    text(time(tick * 10_000), bottom + 6, `${tick * 10} s`, { anchor: 'middle', fill: FAINT }),
  );
  const title = 'What steering makes of six servers, two of which are slow at any time';
  return svg(760, bottom + 24, title, [
    text(20, 28, title, { weight: 600 }),
    box(20, 42, 22, 12, AMBER),
    text(48, 53, 'it is four times slower'),
    line(210, 48, 232, 48, BLUE, 2),
    text(238, 53, 'its weight in HAProxy (at the floor: it rests, or is tried with a request)'),
    ...body,
    ...ticks,
  ]);
}
