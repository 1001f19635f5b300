import type { PartlySteering } from '../language.ts';
import type { Path, Persistence, Steering } from '../types.ts';

/** What is said of steering in a map; every field may be unsaid. */
type WrittenSteering = Exclude<PartlySteering, string | undefined>;

/** What steering is written for a pool: by its service and itself. */
export type EffectiveSteering = { readonly fields: Partial<WrittenSteering>; readonly path: Path };

type Place = readonly [written: PartlySteering | undefined, path: Path];

const DEFAULTS = { mode: 'on', floor: 0.1, mostOut: 0.5, slowStart: 10_000 } as const;

/** Lays what is written over each other, field by field. Undefined where there is nothing. */
export function effectiveSteering(...places: readonly Place[]): EffectiveSteering | undefined {
  let effective: EffectiveSteering | undefined;
  for (const [written, path] of places) {
    if (written === undefined) continue;
    const fields = typeof written === 'string' ? { mode: written } : written;
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    effective = { fields: { ...effective?.fields, ...given }, path: [...path, 'steering'] };
  }
  return effective;
}

/** Whether anything is to be steered, or watched as if it were. */
export const isSteered = (effective: EffectiveSteering | undefined): effective is EffectiveSteering =>
  effective !== undefined && (effective.fields.mode ?? DEFAULTS.mode) !== 'off';

/** Steering of which the rules found nothing wrong, with everything filled in. Undefined: off. */
export function resolveSteering(
  effective: EffectiveSteering | undefined,
  persistence: Persistence,
): Steering | undefined {
  if (!isSteered(effective)) return undefined;
  const { fields, path } = effective;
  const given = { ...DEFAULTS, ...fields };
  return {
    path,
    mode: given.mode === 'observe' ? 'observe' : 'on',
    floor: given.floor,
    mostOut: given.mostOut,
    slowStart: given.slowStart,
    // Who belongs to a server would wait for it alone.
    limits: fields.limits ?? (persistence.kind === 'none' ? 'find' : 'keep'),
  };
}
