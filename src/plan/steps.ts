import type { Backend, BackendServer, Desired, DesiredFile, Frontend, Relay } from './desired.ts';
import { compare, differingFields, isSame } from './differences.ts';
import { serviceOfFile } from './facts.ts';
import { changedFile, filesInUse } from './files.ts';
import { changedFrontend } from './frontends.ts';
import { type LiveAbilities, type LiveAction, none, reload, type Verdict } from './live.ts';
import { changedRelay } from './relay.ts';
import {
  addedServer,
  changedOrder,
  changedServer,
  removedServer,
  surroundings,
  type Surroundings,
  UNSEEN_FIELDS,
} from './servers.ts';

/**
 * `live`: through the running engine. `reload`: a new configuration, no connection dropped. `start`: nothing runs yet.
 * `none`: something that no engine sees.
 */
export type How = 'start' | 'reload' | 'live' | 'none';

/** One difference between what runs and what is wanted. */
export type Step = {
  readonly engine: 'haproxy' | 'relay';
  readonly change: 'add' | 'remove' | 'change';
  /** In the spec's words: `service portal`, `pool pacs/vna`, `server pacs/pacs1`, `relay adt`, `file tls/portal.pem`. */
  readonly subject: string;
  /** The service it belongs to; undefined: the whole site. */
  readonly service: string | undefined;
  /** Which fields differ, where the subject itself stays. */
  readonly fields: readonly string[];
  readonly how: How;
  /** Why it takes a reload, as a clause. */
  readonly because?: string;
  /** What to do in HAProxy, where it is done live. The relay is told of all it does at once. */
  readonly action?: LiveAction;
};

/**
 * What has to happen for `desired` to be true where `running` is, in the order in which it can be done; none where they
 * are the same. A reload makes all of it true at once.
 */
export function stepsBetween(running: Desired | undefined, desired: Desired, can: LiveAbilities): readonly Step[] {
  if (running === undefined) return everything(desired);
  const use = once(() => filesInUse(running, desired));
  const around = once(() => surroundings(running, desired, can, use()));
  const files = compare(running.files, desired.files, ({ name }) => name);
  const frontends = compare(running.frontends, desired.frontends, ({ name }) => name);
  const backends = compare(running.backends, desired.backends, ({ name }) => name);
  return [
    ...siteSteps(running, desired),
    ...relaySteps(running.relays, desired.relays),
    ...files.added.map((file) => step('add', fileSubject(file), changedFile(undefined, file, use(), can))),
    ...files.kept
      .filter(([from, to]) => from.digest !== to.digest)
      .map(([from, to]) => step('change', fileSubject(to), changedFile(from, to, use(), can), ['content'])),
    ...frontends.added.map((frontend) => step('add', frontendSubject(frontend), reload(OPENED))),
    ...frontends.kept.flatMap(([from, to]) =>
      changedFrontend(from, to, use()).map(({ fields, verdict }) =>
        step('change', frontendSubject(to), verdict, fields),
      ),
    ),
    ...backends.added.flatMap((backend) => wholePool('add', backend)),
    ...backends.kept.flatMap(([from, to]) => poolSteps(from, to, can, around)),
    ...backends.removed.flatMap((backend) => wholePool('remove', backend)),
    ...frontends.removed.map((frontend) => step('remove', frontendSubject(frontend), reload(OPENED))),
    ...files.removed.map((file) => step('remove', fileSubject(file), changedFile(file, undefined, use(), can))),
  ];
}

const OPENED = 'HAProxy opens and closes listeners only as it reloads';
const POOLS = 'HAProxy makes and removes pools only as it reloads';
const NAME_SERVERS = 'HAProxy is told of name servers only as it reloads';
const POOL_RULES = 'how a pool balances, checks, waits and retries is set only as HAProxy reloads';

const MEASURED = 'what HAProxy tells of requests is set only as it reloads';

type Subject = Pick<Step, 'subject' | 'service'>;

const fileSubject = ({ name }: DesiredFile): Subject => ({ subject: `file ${name}`, service: serviceOfFile(name) });
const frontendSubject = ({ name }: Frontend): Subject => ({ subject: `service ${name}`, service: name });
const poolSubject = ({ service, pool }: Backend): Subject => ({ subject: `pool ${service}/${pool}`, service });
const serverSubject = (backend: Backend, { name }: BackendServer): Subject => ({
  subject: `server ${serverLabel(backend, name)}`,
  service: backend.service,
});
const relaySubject = ({ name }: Relay): Subject => ({ subject: `relay ${name}`, service: name });
const site: Subject = { subject: 'site', service: undefined };

const step = (
  change: Step['change'],
  { subject, service }: Subject,
  verdict: Verdict | { readonly how: 'start' },
  fields: readonly string[] = [],
): Step => ({ engine: 'haproxy', change, subject, service, fields, ...verdict });

const relayStep = (
  change: Step['change'],
  relay: Relay,
  how: 'start' | 'live',
  fields: readonly string[] = [],
): Step => ({ engine: 'relay', change, ...relaySubject(relay), fields, how });

function everything({ frontends, backends, files, relays }: Desired): readonly Step[] {
  const subjects = [
    site,
    ...frontends.map(frontendSubject),
    ...backends.flatMap((backend) => [
      poolSubject(backend),
      ...backend.servers.map((server) => serverSubject(backend, server)),
    ]),
    ...files.map(fileSubject),
  ];
  return [
    ...subjects.map((subject) => step('add', subject, { how: 'start' })),
    ...relays.map((relay) => relayStep('add', relay, 'start')),
  ];
}

/** Whatever the relay does differently, it begins to do without a connection being dropped. */
function relaySteps(running: readonly Relay[], desired: readonly Relay[]): readonly Step[] {
  const { kept, added, removed } = compare(running, desired, ({ name }) => name);
  return [
    ...added.map((relay) => relayStep('add', relay, 'live')),
    ...kept.flatMap(([from, to]) => {
      const fields = changedRelay(from, to);
      return fields.length === 0 ? [] : [relayStep('change', to, 'live', fields)];
    }),
    ...removed.map((relay) => relayStep('remove', relay, 'live')),
  ];
}

function siteSteps(running: Desired, desired: Desired): readonly Step[] {
  return [
    ...(running.site === desired.site ? [] : [step('change', site, none, ['site'])]),
    ...(isSame(running.dns, desired.dns) ? [] : [step('change', site, reload(NAME_SERVERS), ['dns'])]),
  ];
}

const wholePool = (change: 'add' | 'remove', backend: Backend): readonly Step[] => [
  step(change, poolSubject(backend), reload(POOLS)),
  ...backend.servers.map((server) => step(change, serverSubject(backend, server), reload(POOLS))),
];

function poolSteps(from: Backend, to: Backend, can: LiveAbilities, around: () => Surroundings): readonly Step[] {
  const { kept, added, removed } = compare(from.servers, to.servers, ({ name }) => name);
  const order = changedOrder(from, to);
  return [
    ...poolFields(from, to),
    ...(order === undefined ? [] : [step('change', poolSubject(to), order, ['order'])]),
    ...added.map((server) => step('add', serverSubject(to, server), addedServer(from, to, server, around()))),
    ...kept.flatMap(([was, is]) => {
      const fields = differingFields(was, is);
      const unseen = fields.filter((field) => UNSEEN_FIELDS.has(field));
      const seen = fields.filter((field) => !UNSEEN_FIELDS.has(field));
      return [
        ...(unseen.length > 0 ? [step('change', serverSubject(to, is), none, unseen)] : []),
        ...(seen.length > 0 ? [step('change', serverSubject(to, is), changedServer(to, was, is, can), seen)] : []),
      ];
    }),
    // The last first, so that taking it back, which begins with the last step, puts each behind the one before it.
    ...removed
      .toReversed()
      .map((server) => step('remove', serverSubject(from, server), removedServer(from, to, server, around()))),
  ];
}

function poolFields(from: Backend, to: Backend): readonly Step[] {
  const fields = differingFields({ ...from, servers: [] }, { ...to, servers: [] });
  const unseen = fields.filter(
    (field) =>
      field === 'drainTimeout' ||
      field === 'steering' ||
      (field === 'timeouts' && isSame(seenTimeouts(from), seenTimeouts(to))),
  );
  const seen = fields.filter((field) => !unseen.includes(field));
  return [
    ...(unseen.length > 0 ? [step('change', poolSubject(to), none, unseen)] : []),
    ...(seen.length > 0
      ? [
          step(
            'change',
            poolSubject(to),
            reload(seen.every((field) => field === 'measured') ? MEASURED : POOL_RULES),
            seen,
          ),
        ]
      : []),
  ];
}

/** The time-outs that a pool itself has in the engine: outside HTTP a connection is idle as long as either side may be. */
const seenTimeouts = ({
  protocol,
  timeouts: { connect, client, server, queue, tunnel },
}: Backend): readonly number[] => [connect, server, queue, protocol === 'http' ? tunnel : Math.max(client, server)];

/** `portal/ehr1`, or `pacs/vna/vna1` where the service has several pools. */
export const serverLabel = (backend: Pick<Backend, 'service' | 'pool'>, server: string): string =>
  backend.pool === 'default' ? `${backend.service}/${server}` : `${backend.service}/${backend.pool}/${server}`;

/** The same answer every time, worked out when it is first asked for. */
function once<T>(work: () => T): () => T {
  let known: { readonly answer: T } | undefined;
  return () => (known ??= { answer: work() }).answer;
}
