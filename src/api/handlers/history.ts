import { ok } from '#lib';
import { unitOf } from '#apply';

import type { Handlers } from '../handler.ts';
import { missing } from './services.ts';

export const historyHandlers = {
  history({ params, query }, { ports, may }) {
    const { frontends, backends } = ports.changes.inForce().desired;
    const visible = frontends.filter(({ name }) => may(name));
    const pool = backends.find(({ service }) => service === params.service);
    if (pool === undefined || !visible.some(({ name }) => name === params.service)) {
      return missing('service', params.service, visible);
    }
    const told = ports.history(params.service, query.range);
    return told.ok ? ok({ ...told.value, unit: unitOf(pool) }) : told;
  },
} satisfies Partial<Handlers>;
