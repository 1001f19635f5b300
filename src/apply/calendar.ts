import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import type { Desired } from '#plan';
import {
  addWindow,
  appendAudit,
  maintenanceWindow,
  maintenanceWindows,
  type MaintenanceWindow as StoredWindow,
  openWindows,
  overrides,
  updateWindow,
} from '#store';

import type { Asker } from './changes.ts';
import { fault } from './errors.ts';
import type { Machine } from './machine.ts';
import type { Capacity, Maintenance, MaintenanceWindow } from './maintenance.ts';
import type { ChangeNews } from './open-changes.ts';
import { findLabels, type Place, placesIn } from './places.ts';

/** What the calendar does with servers. */
export type CalendarActs = {
  readonly begin: (places: readonly Place[], window: StoredWindow, asker: Asker) => Promise<Result<unknown, Fault>>;
  readonly end: (places: readonly Place[], asker: Asker) => Promise<Result<unknown, Fault>>;
  readonly wouldEmpty: (places: readonly Place[]) => Promise<Result<readonly Capacity[], Fault>>;
};

export type Calendar = Pick<Maintenance, 'windows' | 'plan' | 'cancel'> & {
  /** Begins what is due, and ends what is over. */
  readonly tick: () => Promise<void>;
};

/** The longest that a window may last, and the furthest ahead it may lie, ms. */
const LONGEST = 7 * 24 * 3_600_000;
const FURTHEST = 366 * 24 * 3_600_000;

/** How many windows are listed. */
const LISTED = 200;

/** Maintenance that was planned: its servers drain when it begins, and are ready again when it ends. */
export function openCalendar(
  { store }: Machine,
  desired: () => Desired,
  tell: (news: ChangeNews) => void,
  acts: CalendarActs,
  now: () => number,
): Calendar {
  /** Windows that could not begin or end, so that it is said once. */
  const held = new Set<number>();
  let last: Promise<unknown> = Promise.resolve();

  /** One thing after another: a window that is cancelled while it begins is not to begin after all. */
  function inOrder<T>(act: () => Promise<T>): Promise<T> {
    const done = last.then(act);
    last = done.catch(() => undefined);
    return done;
  }

  const note = (action: string, window: StoredWindow, outcome: 'done' | 'failed'): void => {
    const entry = { at: now(), by: 'vagus', action, subject: window.labels.join(', '), outcome };
    appendAudit(store, { ...entry, detail: { window: window.id } });
  };

  async function begin(window: StoredWindow): Promise<void> {
    const places = findLabels(desired(), window.labels);
    const asker = { by: window.by, why: window.why, mayChange: () => true };
    const begun = places.ok ? await acts.begin(places.value, window, asker) : places;
    const noted = begun.ok ? updateWindow(store, window.id, { state: 'active' }) : begun;
    if (noted.ok) {
      held.delete(window.id);
      note('window-begin', window, 'done');
      tell({ tone: 'doubtful', text: `Maintenance window ${window.id} has begun: ${window.labels.join(', ')}` });
    } else if (!held.has(window.id)) {
      held.add(window.id);
      note('window-begin', window, 'failed');
      tell({ tone: 'bad', text: `Maintenance window ${window.id} cannot begin: ${noted.error.message}` });
    }
  }

  async function end(window: StoredWindow, as: 'ended' | 'cancelled', asker: Asker): Promise<Result<void, Fault>> {
    const given = overrides(store);
    if (!given.ok) return given;
    // A server that somebody has since taken in hand, or that is gone, is left alone.
    const keys = new Set(given.value.filter((override) => override.window === window.id).map(({ key }) => key));
    const ended = await acts.end(
      placesIn(desired()).filter(({ key }) => keys.has(key)),
      asker,
    );
    return ended.ok ? updateWindow(store, window.id, { state: as }) : ended;
  }

  async function tick(): Promise<void> {
    const open = openWindows(store);
    for (const window of open.ok ? open.value : []) {
      if (window.state === 'planned' && window.until <= now()) miss(window);
      else if (window.state === 'planned' && window.from <= now()) await begin(window);
      else if (window.state === 'active' && window.until <= now()) await endInTime(window);
    }
  }

  function miss(window: StoredWindow): void {
    const cancelled = updateWindow(store, window.id, { state: 'cancelled' });
    if (!cancelled.ok) return;
    held.delete(window.id);
    note('window-miss', window, 'failed');
    tell({ tone: 'bad', text: `Maintenance window ${window.id} is over and has never begun` });
  }

  async function endInTime(window: StoredWindow): Promise<void> {
    const ended = await end(window, 'ended', { by: 'vagus', why: window.why, mayChange: () => true });
    if (!ended.ok && held.has(window.id)) return;
    if (ended.ok) held.delete(window.id);
    else held.add(window.id);
    note('window-end', window, ended.ok ? 'done' : 'failed');
    const words = ended.ok ? 'has ended' : `cannot end: ${ended.error.message}`;
    tell({ tone: ended.ok ? 'good' : 'bad', text: `Maintenance window ${window.id} ${words}` });
  }

  const read = (id: number): Result<MaintenanceWindow, Fault> => {
    const found = maintenanceWindow(store, id);
    if (!found.ok) return found;
    if (found.value === undefined) return err(fault('apply-window', `there is no maintenance window ${id}`));
    return ok(windowOf(found.value));
  };

  async function cancel(id: number, asker: Asker): Promise<Result<MaintenanceWindow, Fault>> {
    const found = maintenanceWindow(store, id);
    if (!found.ok) return found;
    const window = found.value;
    if (window === undefined || (window.state !== 'planned' && window.state !== 'active')) {
      return err(fault('apply-window', `there is no maintenance window ${id} that is planned or under way`));
    }
    // A label begins with its service: it says whose a server is that is gone meanwhile, too.
    if (!window.labels.every((label) => asker.mayChange(label.split('/')[0]))) {
      return err(fault('apply-scope', 'you may not act on all servers of this window'));
    }
    const ended = await end(window, window.state === 'planned' ? 'cancelled' : 'ended', asker);
    return ended.ok ? read(id) : ended;
  }

  return {
    tick: () => inOrder(tick),
    windows() {
      const found = maintenanceWindows(store, LISTED);
      return found.ok ? ok(found.value.map(windowOf)) : found;
    },
    async plan({ servers, from, until, force }, asker) {
      const wrong = wrongTimes(from, until, now());
      if (wrong !== undefined) return err(fault('apply-window', `${wrong}; nothing was planned`));
      const places = findLabels(desired(), servers);
      if (!places.ok) return places;
      const foreign = places.value.filter(({ backend }) => !asker.mayChange(backend.service)).map(({ label }) => label);
      if (foreign.length > 0) return err(fault('apply-scope', `you may not act on ${foreign.join(', ')}`));
      const empty = force ? ok([]) : await acts.wouldEmpty(places.value);
      if (!empty.ok) return empty;
      if (empty.value.length > 0) {
        return err(
          fault('apply-would-empty', `${empty.value.map(({ words }) => words).join('; ')}; nothing was planned`),
        );
      }
      const id = addWindow(store, { labels: [...servers], from, until, by: asker.by, why: asker.why, force });
      return id.ok ? read(id.value) : id;
    },
    cancel: (id, asker) => inOrder(() => cancel(id, asker)),
  };
}

function wrongTimes(from: number, until: number, now: number): string | undefined {
  if (until <= from) return 'the window ends before it begins';
  if (until <= now) return 'the window lies in the past';
  if (until - from > LONGEST) return 'the window is longer than a week';
  return from - now > FURTHEST ? 'the window is more than a year away' : undefined;
}

const windowOf = ({ id, labels, from, until, by, why, state }: StoredWindow): MaintenanceWindow => ({
  id,
  servers: labels,
  from,
  until,
  by,
  why,
  state,
});
