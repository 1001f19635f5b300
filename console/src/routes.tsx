import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router';

import { NotFound } from './shell/not-found.tsx';
import { Shell } from './shell/shell.tsx';

const root = createRootRoute({ notFoundComponent: NotFound });

/** Everything that takes somebody who is logged in. */
const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

// A page is loaded when it is opened; its parameters are typed by its path.

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/index.tsx'), 'OverviewPage'),
});

const services = createRoute({
  getParentRoute: () => shell,
  path: '/services',
  component: lazyRouteComponent(() => import('./pages/services/index.tsx'), 'ServicesPage'),
});

const service = createRoute({
  getParentRoute: () => shell,
  path: '/services/$service',
  component: lazyRouteComponent(() => import('./pages/service/index.tsx'), 'ServicePage'),
});

const changes = createRoute({
  getParentRoute: () => shell,
  path: '/changes',
  component: lazyRouteComponent(() => import('./pages/changes/index.tsx'), 'ChangesPage'),
});

const spec = createRoute({
  getParentRoute: () => shell,
  path: '/changes/spec',
  component: lazyRouteComponent(() => import('./pages/spec/index.tsx'), 'SpecPage'),
});

const revision = createRoute({
  getParentRoute: () => shell,
  path: '/changes/$revision',
  component: lazyRouteComponent(() => import('./pages/revision/index.tsx'), 'RevisionPage'),
});

const maintenance = createRoute({
  getParentRoute: () => shell,
  path: '/maintenance',
  component: lazyRouteComponent(() => import('./pages/maintenance/index.tsx'), 'MaintenancePage'),
});

const certificates = createRoute({
  getParentRoute: () => shell,
  path: '/certificates',
  component: lazyRouteComponent(() => import('./pages/certificates/index.tsx'), 'CertificatesPage'),
});

const queues = createRoute({
  getParentRoute: () => shell,
  path: '/queues',
  component: lazyRouteComponent(() => import('./pages/queues/index.tsx'), 'QueuesPage'),
});

const relay = createRoute({
  getParentRoute: () => shell,
  path: '/queues/$service',
  component: lazyRouteComponent(() => import('./pages/relay/index.tsx'), 'RelayPage'),
});

const steering = createRoute({
  getParentRoute: () => shell,
  path: '/steering',
  component: lazyRouteComponent(() => import('./pages/steering/index.tsx'), 'SteeringPage'),
});

const events = createRoute({
  getParentRoute: () => shell,
  path: '/events',
  component: lazyRouteComponent(() => import('./pages/events/index.tsx'), 'EventsPage'),
});

const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  component: lazyRouteComponent(() => import('./pages/audit/index.tsx'), 'AuditPage'),
});

const access = createRoute({
  getParentRoute: () => shell,
  path: '/access',
  component: lazyRouteComponent(() => import('./pages/access/index.tsx'), 'AccessPage'),
});

/** The way in for the first administrator: a link that the controller prints. Its secret stays behind the #, unsent. */
const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup/$link',
  component: lazyRouteComponent(() => import('./pages/setup/index.tsx'), 'SetupPage'),
});

/** The way in for a screen on a wall, with a token that only looks. */
const screen = createRoute({
  getParentRoute: () => root,
  path: '/screen/$token',
  component: lazyRouteComponent(() => import('./pages/screen/index.tsx'), 'ScreenPage'),
});

const tree = root.addChildren([
  shell.addChildren([
    overview,
    services,
    service,
    changes,
    spec,
    revision,
    maintenance,
    certificates,
    queues,
    relay,
    steering,
    events,
    audit,
    access,
  ]),
  setup,
  screen,
]);

/** The path stands behind the #: one document serves them all, and no path can be taken for one of the API. */
export const router = createRouter({
  routeTree: tree,
  history: createHashHistory(),
  defaultPreload: 'intent',
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
