import { type Address, err, type Fault, messageOf, ok, parseAddress, type Result } from '#lib';
import { type FieldPlace, parseFieldPlace } from '#protocols';
import { readText } from '#system';

import type { Balance } from './choose.ts';
import { fault } from './errors.ts';
import { type Fields, fieldsOf, type Problem } from './json.ts';
import type { Order } from './message.ts';
import { type Condition, CONDITION_FIELDS } from './route.ts';
import { type ReadFile, readTls, type ServerTls } from './tls.ts';

/** Where a server is reached, and how TLS is spoken to it; undefined: it is not. */
export type Target = { readonly address: Address; readonly tls: ServerTls | undefined };

export type ServerConfiguration = {
  /** As HAProxy calls it in the backend, so that its state is known. */
  readonly name: string;
  readonly target: Target;
  /** How many connections it may be given; there is one message at a time in each. */
  readonly connections: number;
};

export type DestinationConfiguration = {
  readonly name: string;
  /** HAProxy's backend, whose states its servers have. */
  readonly backend: string;
  readonly when: Condition;
  /** The most messages a second; undefined: no limit. */
  readonly rate: number | undefined;
  readonly servers: readonly ServerConfiguration[];
};

export type ServiceConfiguration = {
  readonly name: string;
  /** The unix socket on which HAProxy hands over connections, each with a PROXY header of version 2. */
  readonly listen: string;
  readonly order: Order;
  readonly patientField: FieldPlace;
  readonly balance: Balance;
  readonly delivery: 'direct' | 'stored';
  readonly acknowledge: 'commit' | 'application';
  readonly duplicates: 'refuse' | 'tolerate';
  readonly batches: 'whole' | 'refuse';
  /** How often a stored message is sent before it is given up. */
  readonly attempts: number;
  /** How long a message may wait for a server, and then for its acknowledgement, ms. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxMessage: number;
  /** After how long a connection on which nothing comes is closed, ms. */
  readonly idle: number;
  /** How long what is under way may take when the relay or the service ends, ms. */
  readonly drain: number;
  readonly showControlIds: boolean;
  readonly destinations: readonly DestinationConfiguration[];
};

export type Configuration = {
  /** The unix socket for commands. */
  readonly control: string;
  /** The file in which messages are stored. */
  readonly journal: string;
  /** HAProxy's stats socket; undefined: every server is taken for up. */
  readonly states: string | undefined;
  readonly services: readonly ServiceConfiguration[];
};

const fromDisk: ReadFile = (path) => {
  const text = readText(path);
  return text.ok ? text.value : undefined;
};

const MINUTE = 60_000;
const DAY = 86_400_000;
const MIB = 1024 * 1024;

/**
 * Reads a configuration, and the files that it names. The error `relay-configuration` names everything that is wrong, a line
 * each, with its path.
 */
export function readConfiguration(text: string, readFile: ReadFile = fromDisk): Result<Configuration, Fault> {
  const problems: Problem[] = [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return err(fault('relay-configuration', `not JSON: ${messageOf(thrown)}`, thrown));
  }
  const configuration = readWhole(fieldsOf(value, '', problems), readFile);
  if (problems.length === 0) return ok(configuration);
  const lines = problems.map(({ path, message }) => `${path === '' ? 'the configuration' : path} ${message}`);
  return err(fault('relay-configuration', lines.join('\n')));
}

function readWhole(fields: Fields, readFile: ReadFile): Configuration {
  const configuration = {
    control: fields.text('control'),
    journal: fields.text('journal'),
    states: fields.has('states') ? fields.text('states') : undefined,
    // One whose last service has gone still ends what it has under way.
    services: fields.objects('services', (each) => readService(each, readFile), 0),
  };
  noTwice(fields, 'services', 'name', configuration.services);
  noTwice(fields, 'services', 'listen', configuration.services);
  fields.end();
  return configuration;
}

function readService(fields: Fields, readFile: ReadFile): ServiceConfiguration {
  const name = fields.text('name');
  const backend = fields.text('backend', name);
  const place = fields.text('patientField', 'PID-3');
  const patientField = parseFieldPlace(place);
  if (patientField === undefined) fields.wrong('patientField', 'must be a field such as PID-3');
  const service: ServiceConfiguration = {
    name,
    listen: fields.text('listen'),
    order: fields.oneOf('order', ['patient', 'sender', 'none'], 'patient'),
    patientField: patientField ?? { segment: 'PID', field: 3 },
    balance: fields.oneOf('balance', ['least-outstanding', 'failover', 'hash'], 'least-outstanding'),
    delivery: fields.oneOf('delivery', ['direct', 'stored'], 'direct'),
    acknowledge: fields.oneOf('acknowledge', ['commit', 'application'], 'commit'),
    duplicates: fields.oneOf('duplicates', ['refuse', 'tolerate'], 'refuse'),
    batches: fields.oneOf('batches', ['whole', 'refuse'], 'whole'),
    attempts: fields.count('attempts', { least: 1, most: 100_000, fallback: 100 }),
    timeout: fields.count('timeout', { least: 10, most: 60 * MINUTE, fallback: MINUTE / 2 }),
    maxMessage: fields.count('maxMessage', { least: 64, most: 1024 * MIB, fallback: 10 * MIB }),
    idle: fields.count('idle', { least: 1000, most: 20 * DAY, fallback: DAY }),
    drain: fields.count('drain', { least: 0, most: DAY, fallback: MINUTE }),
    showControlIds: fields.flag('showControlIds', false),
    destinations: fields.objects('destinations', (each) => readDestination(each, backend, readFile)),
  };
  noTwice(fields, 'destinations', 'name', service.destinations);
  for (const [index, { rate }] of service.destinations.entries()) {
    if (rate === undefined || service.delivery === 'stored') continue;
    fields.wrong(`destinations[${index}].rate`, 'needs delivery: stored, for what is too much has to wait somewhere');
  }
  fields.end();
  return service;
}

function readDestination(fields: Fields, backend: string, readFile: ReadFile): DestinationConfiguration {
  const destination: DestinationConfiguration = {
    name: fields.text('name', 'default'),
    backend: fields.text('backend', backend),
    when: fields.object('when', readCondition) ?? {},
    rate: fields.has('rate') ? fields.count('rate', { least: 1, most: 1_000_000 }) : undefined,
    servers: fields.objects('servers', (each) => readServer(each, readFile)),
  };
  noTwice(fields, 'servers', 'name', destination.servers);
  fields.end();
  return destination;
}

function readCondition(fields: Fields): Condition {
  const condition = Object.fromEntries(CONDITION_FIELDS.map((field) => [field, fields.texts(field)]));
  fields.end();
  return condition;
}

function readServer(fields: Fields, readFile: ReadFile): ServerConfiguration {
  const server = {
    name: fields.text('name'),
    target: { address: readAddress(fields), tls: fields.object('tls', (each) => readTls(each, readFile)) },
    connections: fields.count('connections', { least: 1, most: 1000, fallback: 1 }),
  };
  fields.end();
  return server;
}

function readAddress(fields: Fields): Address {
  const { host, port } = parseAddress(fields.text('address')) ?? {};
  if (host !== undefined && port !== undefined) return { host, port };
  fields.wrong('address', 'must be HOST:PORT');
  return { host: '', port: 0 };
}

/** Notes every item of a list that has what one before it has. */
function noTwice<const Key extends string>(
  fields: Fields,
  list: string,
  key: Key,
  items: readonly Readonly<Record<Key, string>>[],
): void {
  for (const [index, item] of items.entries()) {
    const first = items.findIndex((other) => other[key] === item[key]);
    if (first < index) fields.wrong(`${list}[${index}].${key}`, `is that of ${list}[${first}] too`);
  }
}
