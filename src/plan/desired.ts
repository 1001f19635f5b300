import type {
  Allow,
  Answers,
  Balance,
  Behind,
  Condition,
  Destination,
  Path,
  Persistence,
  PriorityRule,
  ProbingCheck,
  Protocol,
  Relay as RelaySettings,
  RetryPolicy,
  Server,
  Service,
  Steering,
  Timeouts,
  TlsProfile,
} from '#spec';
import type { Address, Secret } from '#lib';

/** What must be true of the engines for the spec to hold: `relays` of the relay, the rest of HAProxy. */
export type Desired = {
  readonly site: string;
  readonly dns: readonly Address[];
  readonly frontends: readonly Frontend[];
  readonly backends: readonly Backend[];
  /** Files the engine reads: certificates, CAs. Names are relative to the engine's configuration. */
  readonly files: readonly DesiredFile[];
  readonly relays: readonly Relay[];
};

/** Content that the spec refers to, under the name the engine will know it by. */
export type DesiredFile = {
  readonly name: string;
  readonly path: Path;
  readonly content: Secret;
  /** SHA-256 of the content in hex: what to compare and to show, never the content. */
  readonly digest: string;
};

/** Where clients of one service come in. */
export type Frontend = {
  /** The service's name. */
  readonly name: string;
  readonly path: Path;
  readonly preset: string;
  readonly protocol: Protocol;
  readonly answers: Answers;
  readonly listen: readonly Address[];
  readonly behind: Behind | undefined;
  readonly tls: FrontendTls | undefined;
  readonly clientTimeout: number;
  readonly tunnelTimeout: number;
  /** Concurrent client connections; undefined: as many as the machine takes. */
  readonly maxConnections: number | undefined;
  readonly allow: Allow;
  readonly priority: readonly PriorityRule[];
  readonly routes: readonly FrontendRoute[];
  /** The backend for what no route takes: a pool, or the relay (`relayBackendName`); undefined: refused. */
  readonly defaultBackend: string | undefined;
};

export type FrontendTls = {
  readonly path: Path;
  readonly profile: TlsProfile;
  /** Names of desired files; the first answers clients that name no host. */
  readonly certificates: readonly string[];
  readonly clients: { readonly caFile: string; readonly verify: 'required' | 'optional' } | undefined;
  readonly redirectFrom: readonly Address[];
};

export type FrontendRoute = { readonly path: Path; readonly when: Condition; readonly backend: string };

/** One pool of servers, with all that a request meets on its way to one of them. */
export type Backend = {
  /** `service` for the pool named default, else `service.pool`; unique, since names hold no dot. */
  readonly name: string;
  readonly path: Path;
  readonly service: string;
  readonly pool: string;
  readonly protocol: Protocol;
  readonly answers: Answers;
  readonly balance: Balance;
  readonly persistence: Persistence;
  /** Cookies of a service that speaks TLS are marked Secure. */
  readonly overTls: boolean;
  readonly check: BackendCheck;
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  /** How long what is under way may take to end on a server that drains, ms. */
  readonly drainTimeout: number;
  /** The relay brings its messages to the servers: the engine checks them. */
  readonly relayed: true | undefined;
  /** The engine tells how long each server took for a sample of the requests; outside HTTP there is nothing to tell. */
  readonly measured: true | undefined;
  /** Nothing of it concerns the engine's configuration: it is done while it runs, and passes. */
  readonly steering: Steering | undefined;
  readonly servers: readonly BackendServer[];
};

/** A service whose messages the relay passes on one by one. Its sockets lie where the engines' layouts say. */
export type Relay = Omit<RelaySettings, 'destinations'> & {
  /** The service's name. */
  readonly name: string;
  /** After how long a connection on which nothing comes is closed, ms. */
  readonly idle: number;
  /** How long what is under way may take when the service ends, ms. */
  readonly drain: number;
  readonly destinations: readonly RelayDestination[];
};

export type RelayDestination = Pick<Destination, 'name' | 'path' | 'when' | 'rate'> & {
  /** HAProxy's backend, whose states its servers have. */
  readonly backend: string;
  /** In the order in which they stand in for each other. */
  readonly servers: readonly RelayServer[];
};

export type RelayServer = {
  readonly name: string;
  readonly path: Path;
  readonly address: Address;
  /** How many connections it may be given; there is one message at a time on each. */
  readonly connections: number;
  readonly tls: RelayServerTls | undefined;
};

/** How the relay speaks TLS to a server. Its files are desired ones, by their digests: other content is another desired state. */
export type RelayServerTls = {
  /** Undefined: any certificate is accepted. */
  readonly ca: string | undefined;
  readonly certificate: string | undefined;
  readonly serverName: string | undefined;
};

/** `follow`: the backend whose server of the same name decides. Each server may follow into another pool. */
export type BackendCheck = ProbingCheck | { readonly type: 'follow'; readonly path: Path };

export type BackendServer = Pick<Server, 'name' | 'path' | 'address' | 'weight' | 'backup' | 'telemetry'> & {
  /** Its address is a name that name servers are asked for, now and whenever it may have changed. */
  readonly resolved: boolean;
  readonly maxConnections: number | undefined;
  readonly tls: BackendServerTls | undefined;
  /** The version of the PROXY protocol header with which each connection begins; undefined: none. */
  readonly proxyProtocol: 'v1' | 'v2' | undefined;
  /** `backend/server` whose state this one shares. */
  readonly follows: string | undefined;
};

export type BackendServerTls = {
  readonly path: Path;
  /** A desired file, or undefined: any certificate is accepted. */
  readonly caFile: string | undefined;
  readonly serverName: string | undefined;
  readonly certificate: string | undefined;
};

/** The name a pool has in the engine. */
export const backendName = (service: Pick<Service, 'name'>, pool: string): string =>
  pool === 'default' ? service.name : `${service.name}.${pool}`;

/** The name the relay has in the engine, for one service: names in a spec hold no colon. */
export const relayBackendName = ({ name }: Pick<Service, 'name'>): string => `${name}:relay`;
