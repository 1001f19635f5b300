import type { Backend, BackendServer, Desired, Frontend } from './desired.ts';

/** `live`: through the running engine. `reload`: a new configuration, no connection dropped. `start`: nothing runs yet. */
export type How = 'live' | 'reload' | 'start';

/** One difference between what runs and what is wanted. */
export type Step = {
  readonly engine: 'haproxy';
  readonly change: 'add' | 'remove' | 'change';
  /** In the spec's words: `service portal`, `pool pacs/vna`, `server pacs/pacs1`, `file tls/portal.pem`. */
  readonly subject: string;
  /** Which fields differ, where the subject itself stays. */
  readonly fields: readonly string[];
  readonly how: How;
};

/** What has to happen for `desired` to be true where `running` is; none where they are the same. */
export function stepsBetween(running: Desired | undefined, desired: Desired): readonly Step[] {
  const before = running === undefined ? new Map<string, unknown>() : subjectsOf(running);
  const after = subjectsOf(desired);
  const how: How = running === undefined ? 'start' : 'reload';
  const step = (change: Step['change'], subject: string, fields: readonly string[] = []): Step => ({
    engine: 'haproxy',
    change,
    subject,
    fields,
    how,
  });
  const removed = [...before.keys()].filter((subject) => !after.has(subject)).map((subject) => step('remove', subject));
  const kept = [...after].flatMap(([subject, value]) => {
    if (!before.has(subject)) return [step('add', subject)];
    const fields = differingFields(before.get(subject), value);
    return fields.length === 0 ? [] : [step('change', subject, fields)];
  });
  return [...removed, ...kept];
}

/** Everything that can differ by itself, under its name; a part with a name of its own is left out of its whole. */
function subjectsOf(desired: Desired): Map<string, unknown> {
  return new Map<string, unknown>([
    ['site', { site: desired.site, dns: desired.dns }],
    ...desired.frontends.map((frontend): [string, Frontend] => [`service ${frontend.name}`, frontend]),
    ...desired.backends.flatMap((backend): [string, unknown][] => [
      [
        `pool ${backend.service}/${backend.pool}`,
        { ...backend, servers: backend.servers.map((server) => server.name) },
      ],
      ...backend.servers.map((server): [string, BackendServer] => [
        `server ${serverLabel(backend, server.name)}`,
        server,
      ]),
    ]),
    ...desired.files.map((file): [string, unknown] => [`file ${file.name}`, { content: file.digest }]),
  ]);
}

/** `portal/ehr1`, or `pacs/vna/vna1` where the service has several pools. */
export const serverLabel = (backend: Pick<Backend, 'service' | 'pool'>, server: string): string =>
  backend.pool === 'default' ? `${backend.service}/${server}` : `${backend.service}/${backend.pool}/${server}`;

function differingFields(before: unknown, after: unknown): readonly string[] {
  const [a, b] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((field) => a.get(field) !== b.get(field));
}

/** Each field as text, without the places in the document: moving a line changes nothing. */
function fieldsOf(value: unknown): Map<string, string> {
  const fields = Object.entries(value as object).filter(([field, part]) => field !== 'path' && part !== undefined);
  return new Map(fields.map(([field, part]) => [field, JSON.stringify(part, withoutPaths)]));
}

const withoutPaths = (key: string, value: unknown): unknown =>
  key === 'path' && Array.isArray(value) ? undefined : value;
