import { MINUTE, NOW } from './support.ts';

/** A server as a controller describes it. */
export const serverOf = (label: string, address: string) => ({
  name: label.split('/').at(-1),
  label,
  address,
  state: 'up',
  backup: false,
  why: 'association accepted',
  since: 60,
  weight: 1,
  configuredWeight: 1,
  connections: 2,
  connectionsBeforeReload: 0,
  queued: 0,
  served: 7,
  responseTime: 0,
  errors: 0,
});

/** A service as a controller describes it. */
export const service = (name: string, pools: readonly object[]) => ({
  name,
  preset: 'dicom',
  listen: ['0.0.0.0:11112'],
  verdict: 'up',
  connections: 2,
  refused: 0,
  pools,
});

/** A pool as a controller describes it. */
export const pool = (name: string, ...servers: readonly object[]) => ({ name, queued: 0, servers });

/** A revision as a controller describes it. */
export const revision = (more: object) => ({
  number: 8,
  parent: 7,
  at: NOW - 5 * MINUTE,
  by: 'local:root',
  origin: 'file',
  state: 'applied',
  current: true,
  ...more,
});
