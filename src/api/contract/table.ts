import { accessRoutes } from './access.ts';
import { changeRoutes } from './changes.ts';
import { historyRoutes } from './history.ts';
import { languageRoutes } from './language.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { recordRoutes } from './records.ts';
import { relayRoutes } from './relay.ts';
import { serviceRoutes } from './services.ts';
import { steeringRoutes } from './steering.ts';

/** Every request that a controller answers, by name. */
export const routes = {
  ...serviceRoutes,
  ...steeringRoutes,
  ...historyRoutes,
  ...relayRoutes,
  ...changeRoutes,
  ...languageRoutes,
  ...maintenanceRoutes,
  ...accessRoutes,
  ...recordRoutes,
} as const;

export type RouteName = keyof typeof routes;
