import { poolsOf, type PartlyPool, type PartlyService, type PartlySite, type Placed } from '../language.ts';
import { findPreset } from '../presets/index.ts';
import type { Preset } from '../presets/preset.ts';
import type { Problems } from '../problems.ts';
import { defaultsOf } from '../resolve/defaults.ts';
import { checkLayers, effectiveCheck, type EffectiveCheck } from '../resolve/check.ts';
import type { Path } from '../types.ts';

/** One service as the rules look at it. */
export type ServiceContext = {
  readonly name: string;
  readonly path: Path;
  readonly service: PartlyService;
  /** Undefined where the preset is missing or misspelled: what depends on it cannot be judged. */
  readonly preset: Preset | undefined;
  readonly pools: readonly PoolContext[];
  readonly site: PartlySite;
  readonly problems: Problems;
};

export type PoolContext = Placed<PartlyPool> & {
  /** Undefined where it cannot be known because something in it is wrong. */
  readonly check: EffectiveCheck | undefined;
};

export function contextsOf(site: PartlySite, problems: Problems): ServiceContext[] {
  return [...(site.services ?? [])].flatMap(([name, service]) => {
    if (!service) return [];
    const path = ['services', name];
    const preset = service.preset === undefined ? undefined : findPreset(service.preset);
    const pools = poolsOf(service, path).map((placed): PoolContext => {
      const { name: poolName, path: place, pool } = placed;
      return { name: poolName, path: place, pool, check: checkOf(service, path, placed, preset, problems) };
    });
    return [{ name, path, service, preset, pools, site, problems }];
  });
}

function checkOf(
  service: PartlyService,
  path: Path,
  { pool, path: poolPath }: Placed<PartlyPool>,
  preset: Preset | undefined,
  problems: Problems,
): EffectiveCheck | undefined {
  const layers = checkLayers(service.check, path, pool.check, poolPath);
  const broken = [path, poolPath].some((place) => problems.damaged([...place, 'check']));
  return preset && !broken ? effectiveCheck(layers, defaultsOf(preset), poolPath) : undefined;
}

/** True where a map is not there because it was misspelled or is no map: what refers into it cannot be judged. */
export const lost = (map: unknown, path: Path, problems: Problems): boolean =>
  map === undefined && problems.damaged(path);
