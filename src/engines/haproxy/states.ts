import type { BackendServer, Desired } from '#plan';

/** A server-state file that says nothing: every server begins by its configuration. */
export const NO_STATES = '1\n';

/**
 * The rows of `show servers state` that may go over to a new worker. A row brings its server's address and weight with
 * it, over what the new configuration says; so the row of a server whose address or weight has changed is left out.
 */
export function keepStates(text: string, desired: Desired): string {
  const servers = new Map(
    desired.backends.flatMap((backend) =>
      backend.servers.map((server) => [`${backend.name}/${server.name}`, server] as const),
    ),
  );
  const [version = '1', header = '', ...rows] = text.split('\n');
  const columns = header.replace(/^# /, '').split(' ');
  const kept = rows.filter((row) => {
    const field = fieldsOf(row, columns);
    const server = servers.get(`${field('be_name')}/${field('srv_name')}`);
    return server !== undefined && isUnchanged(server, field);
  });
  return `${[version, header, ...kept].join('\n')}\n`;
}

type Field = (name: string) => string | undefined;

function fieldsOf(row: string, columns: readonly string[]): Field {
  const values = row.split(' ');
  return (name) => values[columns.indexOf(name)];
}

function isUnchanged(server: BackendServer, field: Field): boolean {
  const { host, port = 0 } = server.address;
  const known = [field('srv_addr'), field('srv_fqdn')].includes(host);
  return known && field('srv_port') === String(port) && field('srv_iweight') === String(server.weight);
}
