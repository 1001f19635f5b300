import { err, ok, type Result } from '#lib';
import type { ChangeOptions, Outcome } from '#apply';
import type { SpecPatch } from '#spec';
import { reload, type Reload, reloads, revision, revisions, type RevisionSummary } from '#store';

import { fault } from '../errors.ts';
import type { Context, Handlers } from '../handler.ts';
import type { Refused } from '../problem.ts';
import { missing } from './services.ts';

/**
 * Nothing of a server that was in the spec before: a merge patch keeps what it does not name, and what a server that is
 * put does not name, it shall not have.
 */
const NOTHING: SpecPatch = {
  address: null,
  weight: null,
  backup: null,
  limits: { connections: null },
  tls: { verify: null, serverName: null, certificate: null },
};

export const changeHandlers = {
  spec(_, { ports, tag }) {
    const { revision: current } = ports.changes.inForce();
    const text = ports.changes.textOf(current);
    if (text.ok) tag(current);
    return text;
  },
  async applySpec({ query, body }, context) {
    const { file } = query;
    const from =
      file === undefined
        ? ({ file: context.ports.changes.inForce().file, origin: 'api' } as const)
        : ({ file, origin: 'file' } as const);
    return made(context, await context.ports.changes.apply(body, from, optionsOf(context, query)));
  },
  async patchSpec({ query, body }, context) {
    return made(context, await context.ports.changes.patch(body, optionsOf(context, query)));
  },
  async changeServer({ params, query, body }, context) {
    const known = serversOf(context, params);
    if (!known.ok) return known;
    if (!known.value.names.includes(params.server)) return noServer(params.server, known.value.names);
    return patchServer(context, known.value.path, params.server, body, query);
  },
  async putServer({ params, query, body }, context) {
    const known = serversOf(context, params);
    if (!known.ok) return known;
    const whole = typeof body === 'string' ? body : wholeServer(body);
    return patchServer(context, known.value.path, params.server, whole, { ...query, gate: 'on' });
  },
  async removeServer({ params, query }, context) {
    const known = serversOf(context, params);
    if (!known.ok) return known;
    if (!known.value.names.includes(params.server)) return noServer(params.server, known.value.names);
    return patchServer(context, known.value.path, params.server, null, { ...query, gate: 'on' });
  },
  async plan({ query, body }, { ports }) {
    const proposed = await ports.changes.propose(body, query.file ?? ports.changes.inForce().file);
    return proposed.ok ? ok({ accepted: true, ...proposed.value }) : proposed;
  },
  async check({ query, body }, { ports }) {
    const proposed = await ports.changes.propose(body, query.file ?? ports.changes.inForce().file);
    if (proposed.ok) return ok({ accepted: true, steps: proposed.value.steps, problems: proposed.value.warnings });
    const { problems } = proposed.error;
    return problems.length > 0 ? ok({ accepted: false, steps: [], problems }) : proposed;
  },
  revisions({ query }, { ports }) {
    const found = revisions(ports.store, query);
    const current = ports.changes.inForce().revision;
    return found.ok ? ok(found.value.map((one) => revisionAnswer(one, current))) : found;
  },
  revision({ params }, { ports }) {
    const found = revision(ports.store, params.revision);
    if (!found.ok) return found;
    return found.value === undefined
      ? missing('revision', '', [])
      : ok(revisionAnswer(found.value, ports.changes.inForce().revision));
  },
  revisionSpec({ params }, { ports, tag }) {
    const found = revision(ports.store, params.revision);
    if (!found.ok) return found;
    if (found.value === undefined) return missing('revision', '', []);
    tag(params.revision);
    return ports.changes.textOf(params.revision);
  },
  async rollback({ params, query }, context) {
    return made(context, await context.ports.changes.rollback(params.revision, optionsOf(context, query)));
  },
  async confirm({ query }, { ports, asker, note }) {
    note({ detail: { why: query.why } });
    const confirmed = await ports.changes.confirm(asker(query.why));
    if (!confirmed.ok) return confirmed;
    note({ subject: `revision ${confirmed.value.number}` });
    return ok(revisionAnswer(confirmed.value, ports.changes.inForce().revision));
  },
  reloads({ query }, { ports }) {
    const found = reloads(ports.store, query);
    return found.ok ? ok(found.value.map(reloadAnswer)) : found;
  },
  reload({ params }, { ports }) {
    const found = reload(ports.store, params.id);
    if (!found.ok) return found;
    return found.value === undefined ? missing('reload', '', []) : ok(reloadAnswer(found.value));
  },
} satisfies Partial<Handlers>;

type How = {
  readonly why?: string | undefined;
  readonly confirm?: number | undefined;
  readonly gate: 'on' | 'off';
};

function optionsOf({ asker, ifRevision, note }: Context, { why, confirm, gate }: How): ChangeOptions {
  note({ detail: { why, confirm, gate: gate === 'off' ? 'off' : undefined } });
  return { ...asker(why), ifRevision, confirmWithin: confirm, gate: gate === 'on' };
}

/** What was made of a change, in the answer and in the audit. */
function made({ note, tag }: Context, outcome: Result<Outcome, Refused>): Result<Outcome, Refused> {
  if (!outcome.ok) return outcome;
  const { revision: number, state, how } = outcome.value;
  note({ detail: { revision: number, state, how } });
  tag(number);
  return outcome;
}

type Place = { readonly service: string; readonly pool: string };

/** Where the servers of a pool stand in the spec, and which there are. */
function serversOf(
  { ports }: Context,
  { service, pool }: Place,
): Result<{ readonly path: readonly string[]; readonly names: readonly string[] }, Refused> {
  const path = ports.serversPath(service, pool);
  if (path === undefined) return err(fault('api-not-found', 'there is no such pool; vagus status lists the servers'));
  const backend = ports.changes
    .inForce()
    .desired.backends.find((candidate) => candidate.service === service && candidate.pool === pool);
  return ok({ path, names: backend?.servers.map(({ name }) => name) ?? [] });
}

/** A server as a patch that leaves nothing of what was there. */
const wholeServer = (server: SpecPatch): SpecPatch => ({
  ...Object.fromEntries(
    Object.entries(NOTHING).map(([field, nothing]) => {
      const value = server[field];
      return [field, isMap(value) && isMap(nothing) ? { ...nothing, ...value } : (value ?? null)];
    }),
  ),
  ...Object.fromEntries(Object.entries(server).filter(([field]) => !(field in NOTHING))),
});

const isMap = (value: unknown): value is SpecPatch =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const noServer = (name: string, known: readonly string[]): Result<never, Refused> =>
  missing(
    'server',
    name,
    known.map((one) => ({ name: one })),
  );

async function patchServer(
  context: Context,
  path: readonly string[],
  server: string,
  value: unknown,
  how: How,
): Promise<Result<Outcome, Refused>> {
  const patch = [...path, server].reduceRight((inner: unknown, field) => ({ [field]: inner }), value) as SpecPatch;
  return made(context, await context.ports.changes.patch(patch, optionsOf(context, how)));
}

const revisionAnswer = (
  { number, parent, at, by, why, origin, state, how, confirmBy, reason }: RevisionSummary,
  current: number,
) => ({
  number,
  parent,
  at,
  by,
  why,
  origin,
  state,
  current: number === current,
  how: how as 'start' | 'reload' | 'live' | 'none' | 'adopted' | undefined,
  confirmBy,
  reason,
});

const reloadAnswer = ({ id, ...rest }: Reload) => ({ id: String(id), ...rest });
