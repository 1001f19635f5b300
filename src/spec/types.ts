import type { Address, HostAndMaybePort } from '#lib';

/** A place inside the document: the keys from the root down to it. */
export type Path = readonly (string | number)[];

/** A place inside a file. Lines and columns count from 1; line 0 is what stands in no file, and `file` says where it would. */
export type Location = { readonly file: string; readonly line: number; readonly column: number };

/** One thing wrong with a spec (`error`: it will not be applied) or dangerous in it (`warning`). */
export type Problem = {
  readonly code: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly path: Path;
  readonly location: Location;
};

/**
 * What the hospital asks for, with every preset and default filled in and every reference resolved.
 *
 * No text in it has a control character or a line break. Names, hosts, networks, cookie and header names and message types
 * have neither blanks nor quotes. File paths (absolute) may have blanks; URL paths may have `$ & ' ( ) * ; , !`; AE titles
 * any printable ASCII character but the backslash; the body that a check expects anything on one line: whoever writes one
 * of these into an engine's configuration has to quote it.
 */
export type Spec = {
  readonly site: string;
  readonly certificates: readonly Certificate[];
  readonly dns: Dns;
  readonly services: readonly Service[];
};

/** PEM files, each with a chain and its key. More than one where the same names have an ECDSA and an RSA certificate. */
export type Certificate = { readonly name: string; readonly path: Path; readonly files: readonly string[] };

/** The name servers that follow server names at run time; none means those of the machine. */
export type Dns = { readonly servers: readonly Address[] };

export type Protocol = 'http' | 'tcp' | 'dicom' | 'hl7';

/** The shape of the answer when no server can take a client: see "What clients get" in docs/refusals.md. */
export type Answers = 'html' | 'fhir' | 'dicomweb' | 'dicom' | 'close';

export type Service = {
  readonly name: string;
  readonly path: Path;
  readonly preset: string;
  readonly protocol: Protocol;
  readonly answers: Answers;
  readonly listen: readonly Address[];
  /** Undefined: clients come by themselves. */
  readonly behind: Behind | undefined;
  readonly tls: ListenerTls | undefined;
  readonly retry: RetryPolicy;
  readonly timeouts: Timeouts;
  readonly limits: Limits;
  readonly allow: Allow;
  readonly priority: readonly PriorityRule[];
  readonly routes: readonly Route[];
  /** The pool for what no route takes; undefined where every client must match a route. */
  readonly defaultPool: string | undefined;
  readonly pools: readonly Pool[];
  /** Undefined: whole connections go to a server. */
  readonly relay: Relay | undefined;
  readonly drain: { readonly timeout: number };
};

/** Proxies in front of a service, which say who the client is. */
export type Behind = {
  readonly path: Path;
  readonly sources: readonly string[];
  readonly clientAddress: 'proxy-protocol' | 'x-forwarded-for';
};

/** What a server is told of the client's address before anything else on a connection. */
export type ProxyProtocol = 'none' | 'v1' | 'v2';

export type TlsProfile = 'modern' | 'intermediate' | 'dicom-bcp195' | 'dicom-bcp195-modified' | 'legacy';

export type ListenerTls = {
  readonly path: Path;
  /** Certificate names; the first answers clients that name no host. */
  readonly certificates: readonly string[];
  readonly profile: TlsProfile;
  /** Where clients must or may show a certificate: a file of CAs, or of single trusted certificates (IHE ITI-19). */
  readonly clients: { readonly ca: string; readonly verify: 'required' | 'optional' } | undefined;
  /** Plain HTTP listeners that send every client to the HTTPS one. */
  readonly redirectFrom: readonly Address[];
};

export type Balance = 'roundrobin' | 'leastconn' | 'random' | 'source' | 'failover';

export type Persistence =
  | { readonly kind: 'none' }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'source'; readonly for: number }
  | { readonly kind: 'header'; readonly name: string; readonly for: number }
  | { readonly kind: 'path'; readonly part: 'study'; readonly for: number };

export type Pool = {
  readonly name: string;
  readonly path: Path;
  readonly balance: Balance;
  readonly persistence: Persistence;
  readonly check: Check;
  /** Undefined: its servers have the weights and limits that are configured. */
  readonly steering: Steering | undefined;
  readonly servers: readonly Server[];
};

/** The fields of MSH that a condition on messages may name. */
export type MessageField =
  | 'messageType'
  | 'triggerEvent'
  | 'sendingApplication'
  | 'sendingFacility'
  | 'receivingApplication'
  | 'receivingFacility'
  | 'processingId'
  | 'version';

/** All the named fields must hold one of their values; a field without values asks for nothing. */
export type MessageCondition = Readonly<Partial<Record<MessageField, readonly string[]>>>;

/** How HL7 messages are passed on one by one. */
export type Relay = {
  readonly path: Path;
  /** Whose messages stay in the order in which they came. */
  readonly order: 'patient' | 'sender' | 'none';
  /** Where a message names its patient, such as PID-3. */
  readonly patientField: string;
  readonly balance: 'least-outstanding' | 'failover' | 'hash';
  /** `direct`: a message is its sender's until a server has acknowledged it. `stored`: it is ours once it is on disk. */
  readonly delivery: 'direct' | 'stored';
  /** How a stored message is acknowledged: CA, or AA. */
  readonly acknowledge: 'commit' | 'application';
  /** Whether a message that may have been taken by one server may be sent to another. */
  readonly duplicates: 'refuse' | 'tolerate';
  readonly batches: 'whole' | 'refuse';
  /** How often a stored message is sent before it is given up. */
  readonly attempts: number;
  /** How long a message may wait for a server, and then for its acknowledgement, ms. */
  readonly timeout: number;
  /** Bytes. */
  readonly maxMessage: number;
  readonly showControlIds: boolean;
  readonly destinations: readonly Destination[];
};

/** Where relayed messages go. */
export type Destination = {
  readonly name: string;
  readonly path: Path;
  readonly pool: string;
  readonly when: MessageCondition;
  /** The most messages a second; undefined: no limit. */
  readonly rate: number | undefined;
};

/** How far servers may be steered by what they feel. */
export type Steering = {
  readonly path: Path;
  /** `observe`: what would be done is told, and not done. */
  readonly mode: 'observe' | 'on';
  /** The least share of its configured weight that a server keeps while it is in, 0–1. */
  readonly floor: number;
  /** The most servers of the pool that may be out or resting at once, as a share of them, 0–1. */
  readonly mostOut: number;
  /** How long a server that was down takes to its full share, ms. */
  readonly slowStart: number;
  /** `find`: how many at once a server is given is found out; `keep`: it stays as configured. */
  readonly limits: 'find' | 'keep';
};

export type Server = {
  readonly name: string;
  readonly path: Path;
  /** No port: the port that the client asked for. */
  readonly address: HostAndMaybePort;
  /** 0–256; a server's share of new work relative to the others of its pool. */
  readonly weight: number;
  readonly backup: boolean;
  readonly limits: Limits;
  readonly tls: ServerTls | undefined;
  readonly proxyProtocol: ProxyProtocol;
  /** Where it is read what the server feels; undefined: nowhere. */
  readonly telemetry: Telemetry | undefined;
};

export type ServerTls = {
  readonly path: Path;
  /** A CA file the server's certificate must chain to, or 'none'. */
  readonly verify: string;
  readonly serverName: string | undefined;
  /** The certificate Vagus shows to the server, by name. */
  readonly certificate: string | undefined;
};

/** A secret by its name; its value is looked up where it is used. */
export type SecretReference = { readonly secret: string };

/** Where it is read what a server feels. `port` undefined: the server's own. Times in milliseconds. */
export type Telemetry = TelemetrySource & {
  readonly path: Path;
  readonly port: number | undefined;
  readonly interval: number;
  readonly timeout: number;
  /** How old an answer may be before it counts for nothing. */
  readonly stale: number;
};

export type TelemetrySource = FeedbackAgentSource | PrometheusSource | HttpJsonSource | SnmpSource;

/** A line in the grammar of HAProxy's agent-check on a TCP port. */
export type FeedbackAgentSource = { readonly type: 'feedback-agent' };

type HttpSource = {
  readonly uri: string;
  /** True: unverified. Else a CA file that its certificate must chain to, and the name to ask for and to find in it. */
  readonly tls: boolean | { readonly verify: string; readonly serverName: string | undefined };
  readonly authorization: SecretReference | undefined;
};

/** node_exporter, windows_exporter, or whatever speaks as they do. */
export type PrometheusSource = HttpSource & { readonly type: 'prometheus' };

export type HttpJsonSource = HttpSource & {
  readonly type: 'http-json';
  readonly cpu: JsonShare | undefined;
  readonly memory: JsonShare | undefined;
  /** A JSON pointer. */
  readonly connections: string | undefined;
};

/** JSON pointers to a number, and to what it is a share of; or that itself. */
export type JsonShare = { readonly at: string; readonly of: string | number };

export type SnmpSource = { readonly type: 'snmp' } & (
  | { readonly version: '2c'; readonly community: SecretReference }
  | {
      readonly version: '3';
      readonly user: string;
      readonly auth: { readonly protocol: SnmpAuth; readonly password: SecretReference } | undefined;
      readonly privacy: { readonly protocol: SnmpPrivacy; readonly password: SecretReference } | undefined;
    }
);

export type SnmpAuth = 'sha' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | 'md5';
export type SnmpPrivacy = 'aes' | 'aes256b' | 'aes256r' | 'des';

/** Concurrent connections (to a service: of clients; to a server: in use at one time, the rest wait in a queue). */
export type Limits = { readonly connections: number | undefined };

export type Check = FollowCheck | ProbingCheck;

/** The state of the server of the same name in another service. */
export type FollowCheck = { readonly type: 'follow'; readonly path: Path; readonly service: string };

export type ProbingCheck = CheckTiming & {
  readonly path: Path;
  readonly port: number | undefined;
  readonly tls: CheckTls;
} & CheckProbe;

/** Whether the check speaks TLS: as the server is served, never, or always without verification (a self-signed console port). */
export type CheckTls = 'as-server' | 'never' | 'unverified';

/** Milliseconds, and how many results in a row change a server's state. */
export type CheckTiming = {
  readonly interval: number;
  readonly timeout: number;
  readonly rise: number;
  readonly fall: number;
};

export type CheckProbe =
  | { readonly type: 'tcp' }
  | {
      readonly type: 'http' | 'fhir';
      readonly method: 'GET' | 'HEAD' | 'OPTIONS';
      readonly uri: string;
      readonly host: string | undefined;
      /** Body: a piece of text that must occur in the first 16 KiB of the answer. */
      readonly expect: { readonly status: readonly number[]; readonly body: string | undefined };
    }
  | { readonly type: 'dicom-echo' | 'dicom-find'; readonly calledAeTitle: string; readonly callingAeTitle: string }
  | {
      readonly type: 'hl7';
      /** MSH-9, e.g. `NMQ^N01`. */
      readonly messageType: string;
      /** `positive`: only AA or CA is healthy. `any`: every acknowledgement is. */
      readonly acknowledgement: 'positive' | 'any';
    };

export type RetryCondition = 'connect' | 'empty-response' | 'response-timeout' | '500' | '502' | '503' | '504';

export type RetryPolicy = {
  readonly attempts: number;
  readonly on: readonly RetryCondition[];
  /** HTTP methods that may be sent to another server after a failed try. */
  readonly methods: readonly string[];
};

/** Milliseconds. */
export type Timeouts = {
  readonly connect: number;
  readonly client: number;
  readonly server: number;
  readonly queue: number;
  readonly tunnel: number;
};

/** Who may use the service; an empty list means everybody. */
export type Allow = { readonly sources: readonly string[]; readonly callingAeTitles: readonly string[] };

/** All the named conditions must hold; in a list, any one of its values. */
export type Condition = {
  readonly calledAeTitle: readonly string[] | undefined;
  readonly callingAeTitle: readonly string[] | undefined;
  readonly sources: readonly string[] | undefined;
  readonly host: readonly string[] | undefined;
  /** Path prefixes. */
  readonly pathPrefix: readonly string[] | undefined;
};

export type PriorityClass = 'stat' | 'urgent' | 'routine';

export type PriorityRule = { readonly path: Path; readonly when: Condition; readonly class: PriorityClass };

export type Route = { readonly path: Path; readonly when: Condition; readonly pool: string };
