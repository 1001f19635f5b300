import { newPool, steer } from '../steer.ts';
import type { Configured, SteeringLimits } from '../types.ts';
import type { Policy, SeenPool } from './types.ts';

/**
 * The law as it is in the product, acting on a model each `tick` ms. It is not told how many workers a server has.
 *
 * @param configured servers as the spec has them; those that are not named have weight 100 and no limit
 */
export function lawful(tick: number, limits: SteeringLimits, configured: readonly Configured[] = []): Policy {
  let state = newPool;
  const byName = new Map(configured.map((server) => [server.server, server]));
  const act = (seen: SeenPool) => {
    const steered = steer(
      state,
      {
        backend: 'pool',
        servers: seen.servers.map(({ server }) => byName.get(server) ?? { server, weight: 100, limit: undefined }),
        telemetry: new Map(),
        load: {
          backend: 'pool',
          queued: seen.queued,
          tick,
          servers: seen.servers.map((server) => ({ ...server, backend: 'pool' })),
        },
      },
      limits,
    );
    state = steered.state;
    return steered.nudges;
  };
  return { tick, act };
}
