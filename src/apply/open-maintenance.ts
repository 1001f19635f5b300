import { isDeepStrictEqual } from 'node:util';

import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { type AdministrativeState, heldServers } from '#engines/haproxy';
import type { Desired } from '#plan';
import { appendAudit, clearOverride, hourOf, type Override, overrides, peakOf, setOverride, transaction } from '#store';
import { now } from '#system';

import { capacityWithout, unitOf } from './capacity.ts';
import type { Asker } from './changes.ts';
import { fault } from './errors.ts';
import type { Machine } from './machine.ts';
import type { Capacity, Drain, Maintenance, WantedState } from './maintenance.ts';
import type { ChangeNews, OpenedChanges } from './open-changes.ts';
import { findPlaces, type Place, placesIn } from './places.ts';
import { type InUse, inUse, setServers } from './server.ts';
import { type CalendarActs, openCalendar } from './calendar.ts';

/** How often to look at what drains, and at the calendar, ms. */
const LOOK = 1_000;

/** For how long nobody may have come to a server whose clients are bound to it, before it counts as empty, ms. */
const QUIET = 60_000;

const WEEK = 7 * 24;

export type OpenedMaintenance = Maintenance & {
  /** Puts servers in the state that people gave them: an engine began anew, or a controller ended between the two. */
  readonly reassert: () => Promise<Result<void, Fault>>;
  readonly close: () => void;
};

/**
 * Takes servers out of work and back; moves those that drain on to maintenance; keeps the calendar.
 *
 * @param foundLimit how many at once a server (`backend/server`) takes, where that was found out
 */
export function openMaintenance(
  machine: Machine,
  changes: OpenedChanges,
  tell: (news: ChangeNews) => void,
  foundLimit: (key: string) => number | undefined = () => undefined,
): OpenedMaintenance {
  const { state, store } = machine;
  /** When a server was last seen with something on it, and what had begun by then. */
  const quietSince = new Map<string, { readonly at: number; readonly begun: number }>();

  /** Servers that could not be moved on to maintenance, so that it is said once. */
  const stuck = new Set<string>();

  const desired = (): Desired => changes.inForce().desired;

  const capacityOf = (places: readonly Place[], { samples }: InUse): readonly Capacity[] =>
    capacityWithout(places, samples, mostOf, desired().relays, foundLimit);

  const mostOf = (backend: string): number => {
    const peak = peakOf(store, backend, hourOf(now()) - WEEK);
    return (peak.ok ? peak.value?.sessions : undefined) ?? 0;
  };

  /** Gives servers a state, in the store and in the engine; in neither where one of them cannot. No change may overlap. */
  async function give(
    places: readonly Place[],
    wanted: WantedState['state'],
    { by, why }: Pick<Override, 'by' | 'why'>,
    more: Pick<Override, 'window' | 'deadline'> = {},
  ): Promise<Result<void, Fault>> {
    const before = overrides(store);
    if (!before.ok) return before;
    const write = (place: Place): Result<unknown, Fault> => {
      if (wanted === 'ready') return clearOverride(store, place.key);
      const { backend, server, key, label } = place;
      const known = { key, backend: backend.name, server: server.name, label, state: wanted, by, why, since: now() };
      const deadline = more.deadline ?? now() + backend.drainTimeout;
      return setOverride(store, {
        ...known,
        ...more,
        ...(wanted === 'drain' ? { deadline } : { deadline: undefined }),
      });
    };
    const written = inOne(places.map((place) => () => write(place)));
    if (!written.ok) return written;
    for (const { key } of places) quietSince.delete(key);
    const done = await setServers(state, places, wanted);
    if (done.ok) return done;
    const old = new Map(before.value.map((override) => [override.key, override]));
    // As far as an engine that refused one can be asked for the others.
    for (const place of places) await setServers(state, [place], old.get(place.key)?.state ?? 'ready');
    const restored = inOne(
      places.map(({ key }) => () => {
        const override = old.get(key);
        return override ? setOverride(store, override) : clearOverride(store, key);
      }),
    );
    return restored.ok ? done : restored;
  }

  const inOne = (writes: readonly (() => Result<unknown, Fault>)[]): Result<unknown, Fault> =>
    transaction(store, () => {
      for (const write of writes) {
        const written = write();
        if (!written.ok) return written;
      }
      return ok(undefined);
    });

  async function set(places: readonly Place[], wanted: WantedState, asker: Asker, window?: number) {
    const foreign = places.filter(({ backend }) => !asker.mayChange(backend.service)).map(({ label }) => label);
    if (foreign.length > 0)
      return err(fault('apply-scope', `you may not act on ${foreign.join(', ')}; nothing was changed`));
    // Looked at and done in one: two people who take out one half each shall not take out all.
    return changes.alone(() => setNow(places, wanted, asker, window));
  }

  async function setNow(places: readonly Place[], wanted: WantedState, asker: Asker, window: number | undefined) {
    const used = await inUse(state, desired(), poolsOf(places));
    if (!used.ok) return used;
    const capacity = wanted.state === 'ready' ? [] : capacityOf(places, used.value);
    const empty = capacity.filter(({ verdict }) => verdict === 'nobody');
    if (!wanted.dryRun) {
      if (empty.length > 0 && !wanted.force) {
        const words = empty.map((pool) => pool.words).join('; ');
        return err(fault('apply-would-empty', `${words}; nothing was changed (--force does it all the same)`));
      }
      const deadline = wanted.deadline === undefined ? undefined : now() + wanted.deadline;
      const given = await give(places, wanted.state, asker, { window, deadline });
      if (!given.ok) return given;
    }
    const drains = drainsOf(used.value);
    const labels = new Set(places.map(({ label }) => label));
    return ok({ servers: drains.filter(({ label }) => labels.has(label)), capacity });
  }

  function drainsOf(used: InUse): readonly Drain[] {
    const found = overrides(store);
    const places = new Map(placesIn(desired()).map((place) => [place.key, place]));
    return (found.ok ? found.value : []).flatMap((override) => {
      const place = places.get(override.key);
      if (place === undefined) return [];
      const { label, state: given, by, why, since, deadline, window } = override;
      const { service } = place.backend;
      return [
        {
          label,
          service,
          state: given,
          by,
          why,
          since,
          deadline,
          left: used.left(place),
          unit: unitOf(place.backend),
          window,
        },
      ];
    });
  }

  /** Moves servers on to maintenance that have nothing on them any more, or whose time is over. */
  async function moveOn(): Promise<void> {
    const found = overrides(store);
    const draining = (found.ok ? found.value : []).filter((override) => override.state === 'drain');
    if (draining.length === 0) return;
    const used = await inUse(state, desired(), new Set(draining.map(({ backend }) => backend)));
    if (!used.ok) return;
    const places = new Map(placesIn(desired()).map((place) => [place.key, place]));
    for (const override of draining) {
      const place = places.get(override.key);
      // A server that was removed meanwhile: should it come back, it comes back as people left it.
      if (place === undefined) continue;
      const left = used.value.left(place);
      const isLate = override.deadline !== undefined && now() >= override.deadline;
      if (!isLate && !isQuiet(place, left, used.value.begun(place))) continue;
      const given = await changes.alone(async () =>
        isStill(override) ? give([place], 'maint', override, { window: override.window }) : ok('left alone'),
      );
      if (given.ok && given.value === 'left alone') continue;
      if (!given.ok && stuck.has(place.key)) continue;
      if (given.ok) stuck.delete(place.key);
      else stuck.add(place.key);
      const detail = { left, deadline: isLate };
      appendAudit(store, {
        at: now(),
        by: 'vagus',
        action: 'maint',
        subject: place.label,
        outcome: given.ok ? 'done' : 'failed',
        detail,
      });
      if (!given.ok) {
        tell({ tone: 'bad', text: `${place.label} drains still: ${given.error.message}` });
        continue;
      }
      const rest = left === 0 ? 'nothing is left on it' : `its time is over; ${left} still under way, not cut`;
      tell({ tone: left === 0 ? 'good' : 'doubtful', text: `${place.label} is in maintenance: ${rest}` });
    }
  }

  /** False where somebody has taken a server in hand since it was looked at. */
  function isStill(override: Override): boolean {
    const found = overrides(store);
    return found.ok && found.value.some((one) => isDeepStrictEqual(one, override));
  }

  /** Clients that are bound to a server come back to it between two requests: it is empty when none has for a while. */
  function isQuiet(place: Place, left: number, begun: number): boolean {
    const isBound = place.backend.protocol === 'http' && place.backend.persistence.kind !== 'none';
    const seen = quietSince.get(place.key);
    if (left > 0 || seen === undefined || seen.begun !== begun) {
      quietSince.set(place.key, { at: now(), begun });
      return false;
    }
    return now() - seen.at >= (isBound ? QUIET : 0);
  }

  async function reassert(): Promise<Result<void, Fault>> {
    const found = overrides(store);
    if (!found.ok) return found;
    const held = await heldServers(state.haproxy);
    if (!held.ok) return held;
    const given = new Map<string, AdministrativeState>(found.value.map(({ key, state: is }) => [key, is]));
    const places = new Map(placesIn(desired()).map((place) => [place.key, place]));
    let all: Result<void, Fault> = ok(undefined);
    for (const key of new Set([...given.keys(), ...held.value.keys()])) {
      const [place, wanted] = [places.get(key), given.get(key) ?? 'ready'];
      if (place === undefined || held.value.get(key) === wanted) continue;
      const done = await setServers(state, [place], wanted);
      if (!done.ok) all = done;
    }
    return all;
  }

  const acts: CalendarActs = {
    begin: (places, { id, force }, asker) =>
      set(places, { state: 'drain', force, allServices: false, deadline: undefined, dryRun: false }, asker, id),
    end: (places, asker) => changes.alone(() => give(places, 'ready', asker)),
    wouldEmpty: async (places) => {
      const used = await inUse(state, desired(), poolsOf(places));
      return used.ok ? ok(capacityOf(places, used.value).filter(({ verdict }) => verdict === 'nobody')) : used;
    },
  };
  const calendar = openCalendar(machine, desired, tell, acts, now);

  let isLooking = false;
  let trouble: Fault | undefined;
  const clock = setInterval(() => void lookAround(), LOOK);

  async function lookAround(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    const known = overrides(store);
    // Said once, and not each second.
    if (!known.ok && trouble === undefined) tell({ tone: 'bad', text: known.error.message });
    trouble = known.ok ? undefined : known.error;
    await moveOn();
    await calendar.tick();
    isLooking = false;
  }

  return {
    async set(place, wanted, asker) {
      const found = findPlaces(desired(), place, wanted.allServices);
      return found.ok ? set(found.value, wanted, asker) : found;
    },
    async drains() {
      const found = overrides(store);
      if (!found.ok) return found;
      const used = await inUse(state, desired(), new Set(found.value.map(({ backend }) => backend)));
      return used.ok ? ok(drainsOf(used.value)) : used;
    },
    windows: calendar.windows,
    plan: calendar.plan,
    cancel: calendar.cancel,
    reassert: () => changes.alone(reassert),
    close() {
      clearInterval(clock);
    },
  };
}

const poolsOf = (places: readonly Place[]): ReadonlySet<string> => new Set(places.map(({ backend }) => backend.name));
