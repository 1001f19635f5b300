import type { PartlyPool, PartlySteering, Placed } from '../language.ts';
import { defaultsOf } from '../resolve/defaults.ts';
import { effectiveSteering, isSteered } from '../resolve/steering.ts';
import type { Path } from '../types.ts';
import { quote } from '../words.ts';
import type { ServiceContext } from './context.ts';

/** What can be steered: pools of HTTP servers whose weights mean something, and among which there is a choice. */
export function checkSteering(context: ServiceContext): void {
  const { path, preset, pools, problems } = context;
  if (preset === undefined || problems.damaged([...path, 'steering'])) return;
  const steered = pools.flatMap((placed) => {
    const layers = layersOf(context, placed);
    const effective = effectiveSteering(...layers);
    if (!isSteered(effective) || problems.damaged(effective.path)) return [];
    // All is looked at before anything is told: of what was broken already nothing follows.
    const isWhole = (field: string): boolean => ![path, placed.path].some((at) => problems.damaged([...at, field]));
    return [{ placed, layers, path: effective.path, balance: isWhole('balance'), persistence: isWhole('persistence') }];
  });
  const told = new Set<string>();
  const once = (place: Path, say: () => void): void => {
    if (told.has(JSON.stringify(place))) return;
    told.add(JSON.stringify(place));
    say();
  };
  for (const { placed, layers, path: place, balance, persistence } of steered) {
    if (preset.protocol !== 'http') {
      const why = 'a connection that lasts for an hour says nothing of what its server could do meanwhile';
      once(place, () =>
        problems.report('field-not-for-protocol', place, `${quote('steering')} is for http services: ${why}`, 'key'),
      );
      continue;
    }
    if (balance) checkBalance(context, placed, place, once);
    if (persistence) checkLimits(context, placed, layers, once);
    checkChoice(context, placed);
  }
}

/** Whether limits will be found for a pool, so that there is a queue in front of it. */
export function findsLimits(context: ServiceContext, placed: Placed<PartlyPool>): boolean {
  const effective = effectiveSteering(...layersOf(context, placed));
  if (!isSteered(effective) || effective.fields.mode === 'observe') return false;
  return effective.fields.limits !== 'keep' && !persists(context, placed);
}

type Once = (place: Path, say: () => void) => void;
type Layers = readonly (readonly [PartlySteering | undefined, Path])[];

/** A service with `servers` is its own pool: what is written there is one layer. */
const layersOf = ({ service, path }: ServiceContext, { pool, path: place }: Placed<PartlyPool>): Layers => [
  [service.steering, path],
  [place === path ? undefined : pool.steering, place],
];

function checkBalance(
  { service, path, preset, problems }: ServiceContext,
  { pool, path: place }: Placed<PartlyPool>,
  steering: Path,
  once: Once,
): void {
  const balance = pool.balance ?? service.balance ?? (preset && defaultsOf(preset).balance);
  if (balance === undefined || balance === 'leastconn' || balance === 'roundrobin') return;
  const message = `${quote('steering')} cannot stand beside balance ${quote(balance)}: only leastconn and roundrobin give servers work by their weights`;
  // Of the two, the one nearer to the servers: what is asked for last is what does not fit.
  const inService = service.balance && steering.length <= path.length + 1;
  const said = pool.balance ? [...place, 'balance'] : inService ? [...path, 'balance'] : steering;
  once(said, () => problems.report('conflicting-fields', said, message, said === steering ? 'key' : 'value'));
}

function checkLimits(context: ServiceContext, placed: Placed<PartlyPool>, layers: Layers, once: Once): void {
  const asked = layers.findLast(([written]) => limitsOf(written) !== undefined);
  if (asked === undefined || limitsOf(asked[0]) !== 'find' || !persists(context, placed)) return;
  const said = [...asked[1], 'steering', 'limits'];
  const message = '`limits: find` cannot stand beside persistence: whoever belongs to a server would wait for it alone';
  once(said, () => context.problems.report('conflicting-fields', said, message));
}

const limitsOf = (written: PartlySteering | undefined): 'find' | 'keep' | undefined =>
  typeof written === 'object' ? written.limits : undefined;

function persists({ service, preset }: ServiceContext, { pool }: Placed<PartlyPool>): boolean {
  const written = pool.persistence ?? service.persistence;
  if (written !== undefined) return written !== 'none';
  return preset !== undefined && defaultsOf(preset).persistence.kind !== 'none';
}

function checkChoice({ problems }: ServiceContext, { pool, path }: Placed<PartlyPool>): void {
  const place = [...path, 'servers'];
  if (!pool.servers || problems.damaged(place)) return;
  const able = [...pool.servers.values()].filter(
    (server) => server === undefined || !('backup' in server) || server.backup !== true,
  );
  if (able.length !== 1) return;
  const message = 'there is one server here that is no backup: nothing to steer between';
  problems.report('nothing-to-steer', place, message, 'key');
}
