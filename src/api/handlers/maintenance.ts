import { type Fault, ok, type Result } from '#lib';

import { demandAs } from '../gate.ts';
import type { Context, Handlers } from '../handler.ts';

export const maintenanceHandlers = {
  async setServerState({ params, body }, { ports, asker, note }) {
    const { why, state, force, allServices, deadline, dryRun } = body;
    note({ detail: { why, state, ...onlyTrue({ force, allServices, dryRun }), deadline } });
    const wanted = { state, force, allServices, deadline, dryRun };
    return ports.maintenance.set(params, wanted, asker(why));
  },
  async drains(_, { ports, may }) {
    const drains = await ports.maintenance.drains();
    return drains.ok ? ok(drains.value.filter(({ service }) => may(service))) : drains;
  },
  windows: (_, { ports }) => ports.maintenance.windows(),
  async planWindow({ body }, context) {
    const { why, servers, from, until, force } = body;
    context.note({ subject: servers.join(', '), detail: { why, from, until, ...onlyTrue({ force }) } });
    const allowed = demandAll(context, servers);
    if (!allowed.ok) return allowed;
    return context.ports.maintenance.plan({ servers, from, until, force }, context.asker(why));
  },
  async cancelWindow({ params }, context) {
    context.note({ subject: `window ${params.id}` });
    const windows = context.ports.maintenance.windows();
    if (!windows.ok) return windows;
    const window = windows.value.find(({ id }) => id === params.id);
    const allowed = demandAll(context, window?.servers ?? []);
    if (!allowed.ok) return allowed;
    return context.ports.maintenance.cancel(params.id, context.asker(undefined));
  },
} satisfies Partial<Handlers>;

/** Whether the asker may operate every one of these servers, by their labels. */
function demandAll({ identity }: Context, labels: readonly string[]): Result<void, Fault> {
  for (const label of labels) {
    const allowed = demandAs(identity, 'operate', label.split('/')[0]);
    if (!allowed.ok) return allowed;
  }
  return ok(undefined);
}

const onlyTrue = (flags: Readonly<Record<string, boolean>>): Readonly<Record<string, true>> =>
  Object.fromEntries(Object.entries(flags).flatMap(([name, set]) => (set ? [[name, true as const]] : [])));
