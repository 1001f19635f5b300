import { addressOf, type PartlyRelay } from '../language.ts';
import { valuesOf } from '../schema/forms.ts';
import type { Path } from '../types.ts';
import { quote } from '../words.ts';
import type { ServiceContext } from './context.ts';

type Written = Partial<Exclude<PartlyRelay, string | undefined>>;

/** What a relayed service can have beside `relay`, and what goes together in it. */
export function checkRelay(context: ServiceContext): void {
  const { service, path, preset, problems } = context;
  const place = [...path, 'relay'];
  const relay: Written | undefined = service.relay === 'on' ? {} : service.relay;
  if (relay === undefined || preset === undefined) return;
  if (preset.protocol !== 'hl7') {
    const message = `\`relay\` is for hl7 services; this service speaks ${preset.protocol} (preset ${quote(preset.name)})`;
    problems.report('field-not-for-protocol', place, message, 'key');
    return;
  }
  checkNeighbours(context);
  checkServers(context, relay);
  if (!problems.damaged([...place, 'delivery'])) checkDelivery(context, relay, place);
  checkDestinations(context, relay, [...place, 'destinations']);
}

/** What the relay does itself, or does not do, and which field of `relay` speaks of it. */
const TAKEN_OVER = {
  balance: '`relay` has a `balance` of its own',
  persistence: '`order` of `relay` keeps messages together',
  routes: '`destinations` of `relay` say where messages go',
  priority: 'a message waits only for those that it must not overtake',
  proxyProtocol: 'a connection to a server has the messages of many clients',
  retry: '`duplicates` and `attempts` of `relay` say when a message is sent again',
} as const;

const TIMEOUTS = ['connect', 'server', 'queue', 'tunnel'] as const;

function checkNeighbours({ service, path, pools, problems }: ServiceContext): void {
  const refuse = (place: Path, field: string, why: string): void =>
    problems.report('conflicting-fields', place, `${quote(field)} cannot stand beside \`relay\`: ${why}`, 'key');

  for (const [field, why] of Object.entries(TAKEN_OVER)) {
    if (service[field as keyof typeof TAKEN_OVER] !== undefined) refuse([...path, field], field, why);
  }
  for (const field of TIMEOUTS) {
    if (service.timeouts?.[field] !== undefined)
      refuse([...path, 'timeouts', field], field, '`timeout` of `relay` says how long a message waits');
  }
  for (const { pool, path: place } of pools) {
    for (const field of ['balance', 'persistence', 'proxyProtocol'] as const) {
      if (place !== path && pool[field] !== undefined) refuse([...place, field], field, TAKEN_OVER[field]);
    }
  }
}

/** How many connections the relay opens to one server at most. */
const MOST_CONNECTIONS = 1000;

function checkServers({ service, path, pools, problems }: ServiceContext, relay: Written): void {
  const ports = new Set(valuesOf(service.listen).map(({ port }) => port));
  const balanceIsKnown = !problems.damaged([...path, 'relay', 'balance']);
  for (const { pool, path: place } of pools) {
    for (const [name, server] of pool.servers ?? []) {
      if (server === undefined) continue;
      const at = [...place, 'servers', name];
      const map = 'address' in server ? server : undefined;
      const address = addressOf(server);
      if (map?.weight !== undefined) {
        const message = '`weight` cannot stand beside `relay`: messages are not spread by shares';
        problems.report('conflicting-fields', [...at, 'weight'], message, 'key');
      }
      if (map?.proxyProtocol !== undefined) {
        const message = `\`proxyProtocol\` cannot stand beside \`relay\`: ${TAKEN_OVER.proxyProtocol}`;
        problems.report('conflicting-fields', [...at, 'proxyProtocol'], message, 'key');
      }
      if (map?.backup === true && relay.balance !== 'failover' && balanceIsKnown) {
        const message = 'a backup in a relayed service needs `balance: failover` in its `relay`';
        problems.report('conflicting-fields', [...at, 'backup'], message, 'key');
      }
      if ((map?.limits?.connections ?? 0) > MOST_CONNECTIONS) {
        const message = `the relay opens ${MOST_CONNECTIONS} connections to a server at most; each has one message under way`;
        problems.report('out-of-range', [...at, 'limits', 'connections'], message);
      }
      if (address !== undefined && address.port === undefined && ports.size > 1) {
        const message = `the service listens on ${ports.size} ports, and the relay would not know which one is the server’s`;
        problems.report('bad-port', map ? [...at, 'address'] : at, message);
      }
    }
  }
}

const ONLY_STORED = {
  acknowledge: 'a direct message is acknowledged by its server',
  attempts: 'a direct message is sent again by its sender',
  rate: 'what is too much has to wait somewhere',
} as const;

function checkDelivery({ problems }: ServiceContext, relay: Written, place: Path): void {
  if (relay.delivery === 'stored') return;
  const refuse = (at: Path, field: keyof typeof ONLY_STORED): void => {
    const message = `${quote(field)} needs \`delivery: stored\`: ${ONLY_STORED[field]}`;
    problems.report('conflicting-fields', [...at, field], message, 'key');
  };
  for (const field of ['acknowledge', 'attempts'] as const) {
    if (relay[field] !== undefined) refuse(place, field);
  }
  for (const [name, destination] of relay.destinations ?? []) {
    if (destination?.rate !== undefined) refuse([...place, 'destinations', name], 'rate');
  }
}

function checkDestinations({ problems }: ServiceContext, relay: Written, place: Path): void {
  const { destinations } = relay;
  if (destinations === undefined) return;
  if (destinations.size === 0) {
    problems.report('empty-list', place, 'there is no destination here: name one, or remove the field', 'key');
    return;
  }
  for (const [name, destination] of destinations) {
    const at = [...place, name, 'when'];
    if (!destination?.when || problems.damaged(at)) continue;
    if (Object.values(destination.when).every((value) => value === undefined))
      problems.report('empty-condition', at, 'a condition is missing here: this would match every message', 'key');
  }
  if (relay.delivery === 'stored' || problems.damaged(place)) return;
  const names = [...destinations.keys()];
  const taker = names.findIndex((name) => destinations.get(name)?.when === undefined);
  if (taker < 0 || taker === names.length - 1) return;
  for (const name of names.slice(taker + 1)) {
    const message = `no message comes here: ${quote(names[taker] ?? '')} stands before and takes every message; give it a \`when\`, or put it last`;
    problems.report('unreached-destination', [...place, name], message, 'key');
  }
}
