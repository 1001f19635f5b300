import { formatAddress, formatDuration } from '#lib';
import type { Frontend } from '#plan';
import type { Path } from '#spec';

import { CALLED, CALLING, condition } from './conditions.ts';
import { EVENTS, LOADS } from './global.ts';
import { type Line, line, lines, quote, section } from './line.ts';
import { fhirMediaType, fhirVariables, httpErrors, REJECT } from './refusals.ts';
import { bindTls } from './tls.ts';

/** HAProxy's priority classes: the lower leaves the queue first. */
const CLASS = { stat: -200, urgent: -100, routine: 0 } as const;

/** A service's frontend, and the plain one that sends browsers to it. */
export function frontend(wanted: Frontend, isMeasured: boolean): readonly Line[] {
  return [
    ...section(
      `Service ${wanted.name} (preset ${wanted.preset})`,
      `frontend ${wanted.name} from ${mode(wanted)}`,
      wanted.path,
      [
        ...binds(wanted),
        ...expectProxy(wanted),
        ...lines([...wanted.path, 'timeouts', 'client'], [`timeout client ${formatDuration(clientTimeout(wanted))}`]),
        ...(wanted.protocol === 'http'
          ? http(wanted, isMeasured)
          : wanted.protocol === 'dicom'
            ? dicom(wanted)
            : tcp(wanted)),
      ],
    ),
    ...redirect(wanted),
  ];
}

/** How long a client may take for its TLS handshake, ms. */
const HANDSHAKE = 10_000;

/**
 * A TLS handshake falls under the client's time-out, and 12 h are too long for one. Outside HTTP a connection that has
 * reached its server is under the backend's `timeout tunnel` instead, so the frontend's can be short.
 */
const clientTimeout = ({ protocol, tls, clientTimeout: idle }: Frontend): number =>
  tls !== undefined && protocol !== 'http' ? Math.min(HANDSHAKE, idle) : idle;

const mode = (wanted: Frontend): 'http' | 'tcp' => (wanted.protocol === 'http' ? 'http' : 'tcp');

function binds(wanted: Frontend): readonly Line[] {
  const alpn = wanted.protocol === 'http' ? 'h2,http/1.1' : undefined;
  const tls = wanted.tls ? ` ${bindTls(wanted.name, wanted.tls, alpn)}` : '';
  return wanted.listen.map((address, index) =>
    line(`  bind ${formatAddress(address)} name ${wanted.name}-${index + 1}${tls}`, [...wanted.path, 'listen', index]),
  );
}

/** The file that lists who may use a service. */
export const allowListName = (service: string, what: 'sources' | 'calling'): string => `lists/${service}.${what}`;

/** The file that lists the proxies in front of a service. */
export const behindListName = (service: string): string => `lists/${service}.behind`;

const fromProxy = ({ name }: Frontend): string => `{ src -f ${behindListName(name)} }`;

/** A PROXY header is read from those who are to send one, and from nobody else; from then on `src` is the client. */
const expectProxy = (wanted: Frontend): readonly Line[] =>
  wanted.behind?.clientAddress === 'proxy-protocol'
    ? lines(wanted.behind.path, [`tcp-request connection expect-proxy layer4 if ${fromProxy(wanted)}`])
    : [];

/** What is said of a request. The times: in the queue, to connect, and from then to the response headers. */
const REQUEST =
  '"event":"request","service":"%f","pool":"%b","server":"%s","from":"%ci","status":%ST,"end":"%ts","retries":"%rc"';
const TIMES = '"wait":%Tw,"connect":%Tc,"response":%Tr';

/**
 * HAProxy has one format for a service, and writes a request into every ring whose level it reaches: failures, which it
 * marks as errors, into both.
 */
const measuring = [
  'no log',
  'no option dontlog-normal',
  'option log-separate-errors',
  `log ring@${EVENTS} format raw local0 notice`,
  `log ring@${LOADS} format raw local0`,
];

/**
 * Of many requests a part says as much, and a line costs HAProxy a tenth of the smallest request. What failed is never left out, unless it was tried again and went
 * well: then at these rates others have, too.
 */
const sampling = [
  'http-response set-log-level silent if { fe_req_rate gt 1000 } { rand(4) gt 0 } { status lt 500 }',
  'http-response set-log-level silent if { fe_req_rate gt 8000 } { rand(8) gt 0 } { status lt 500 }',
];

function http(wanted: Frontend, isMeasured: boolean): readonly Line[] {
  const { path } = wanted;
  return [
    ...lines(path, [
      // A keep-alive connection is closed between two requests, never under one: a reload loses nothing.
      'option idle-close-on-response',
      ...(isMeasured ? measuring : []),
      `log-format ${quote(isMeasured ? `{${REQUEST},${TIMES}}` : `{${REQUEST}}`)}`,
      ...(wanted.answers === 'fhir' ? fhirVariables() : []),
      ...httpErrors(wanted.answers),
    ]),
    ...clientBehindProxies(wanted),
    ...sources(wanted, 'http-request deny deny_status 403'),
    ...lines(
      [...path, 'limits', 'connections'],
      [
        wanted.maxConnections !== undefined &&
          `http-request deny deny_status ${wanted.answers === 'fhir' ? 429 : 503} if { fe_conn gt ${wanted.maxConnections} }`,
      ],
    ),
    ...forwarded(wanted),
    ...lines(path, isMeasured ? sampling : []),
    ...priorities(wanted, 'http-request'),
    ...routes(wanted),
    ...lines(path, [
      wanted.defaultBackend === undefined && `http-request deny deny_status 404 unless ${routed(wanted)}`,
    ]),
    ...routedBackends(wanted),
    ...lines(path, [wanted.defaultBackend !== undefined && `default_backend ${wanted.defaultBackend}`]),
    ...lines(path, wanted.answers === 'fhir' ? fhirMediaType() : []),
  ];
}

/** How many proxies may stand behind each other. */
const MOST_PROXIES = 3;

/**
 * Each proxy has written down, behind what was there, where the request came to it from: the client is the last address that
 * is none of theirs. From here on it is `src`; who the request really came from is kept in a variable.
 */
function clientBehindProxies(wanted: Frontend): readonly Line[] {
  const { behind } = wanted;
  if (behind?.clientAddress !== 'x-forwarded-for') return [];
  const steps = Array.from({ length: MOST_PROXIES }, (_, index) => `hdr_ip(x-forwarded-for,-${index + 1})`);
  return lines(behind.path, [
    `http-request set-var(txn.behind) bool(true) if ${fromProxy(wanted)}`,
    ...steps.map((address) => `http-request set-src ${address} if ${fromProxy(wanted)}`),
  ]);
}

/**
 * What servers are told of the client is what Vagus knows: of a client's own X-Forwarded headers and Forwarded (RFC 7239)
 * nothing is passed on, of a proxy's all but the addresses, of which the client's alone goes on. The port is in Host where it matters.
 */
function forwarded({ path, tls, behind }: Frontend): readonly Line[] {
  const [isProxied, unlessSaid] =
    behind?.clientAddress === 'x-forwarded-for'
      ? [true, (name: string) => ` unless { req.fhdr(${name}) -m found }`]
      : [false, () => ''];
  return lines(path, [
    `http-request del-header X-Forwarded- -m beg${isProxied ? ' unless { var(txn.behind) -m found }' : ''}`,
    isProxied && 'http-request del-header X-Forwarded-For',
    'http-request del-header Forwarded',
    'option forwardfor',
    `http-request add-header X-Forwarded-Proto ${tls ? 'https' : 'http'}${unlessSaid('x-forwarded-proto')}`,
    `http-request add-header X-Forwarded-Host %[req.fhdr(host)]${unlessSaid('x-forwarded-host')}`,
  ]);
}

function tcp(wanted: Frontend): readonly Line[] {
  const { path } = wanted;
  return [
    ...lines(path, [
      `log-format ${quote('{"event":"connection","service":"%f","pool":"%b","server":"%s","from":"%ci","end":"%ts","retries":"%rc"}')}`,
    ]),
    ...sources(wanted, 'tcp-request content reject'),
    ...lines(
      [...path, 'limits', 'connections'],
      [wanted.maxConnections !== undefined && `tcp-request content reject if { fe_conn gt ${wanted.maxConnections} }`],
    ),
    ...priorities(wanted, 'tcp-request content'),
    ...routes(wanted),
    ...routedBackends(wanted),
    ...lines(path, [wanted.defaultBackend !== undefined && `default_backend ${wanted.defaultBackend}`]),
  ];
}

/**
 * DICOM: the fixed part of the A-ASSOCIATE-RQ (74 bytes, PS3.8 §9.3.2) is awaited, AE titles are read from it, and a
 * refusal is an A-ASSOCIATE-RJ from HAProxy itself. `req.len` must not be used in these rules: it makes every one of
 * them wait for the whole inspect delay.
 */
function dicom(wanted: Frontend): readonly Line[] {
  const { path } = wanted;
  const allow = [...path, 'allow'];
  const { sources: networks, callingAeTitles } = wanted.allow;
  const refuse = (reason: keyof typeof REJECT, when: string, at: Path = path): readonly Line[] =>
    lines(at, [
      `tcp-request content set-var(sess.refused) str(${reason}) if ${when}`,
      `tcp-request content use-service ${REJECT[reason]} if ${when}`,
    ]);
  return [
    ...lines(path, [
      // HAProxy takes an association that a service of ours refused for a normal one, so all are events here.
      'no option dontlog-normal',
      `log-format ${quote('{"event":"association","service":"%f","pool":"%b","server":"%s","from":"%ci","end":"%ts","retries":"%rc","called":"%[var(sess.called),json(utf8s)]","calling":"%[var(sess.calling),json(utf8s)]","refused":"%[var(sess.refused)]"}')}`,
      'tcp-request inspect-delay 10s',
      'tcp-request content reject if !{ req.payload(0,74) -m found }',
      'tcp-request content reject if !{ req.payload(0,2) -m bin 0100 }',
      `tcp-request content set-${CALLED} req.payload(10,16),rtrim(\\ ),ltrim(\\ )`,
      `tcp-request content set-${CALLING} req.payload(26,16),rtrim(\\ ),ltrim(\\ )`,
    ]),
    ...(networks.length > 0 ? refuse('calling', `!{ src -f ${allowListName(wanted.name, 'sources')} }`, allow) : []),
    ...(callingAeTitles.length > 0
      ? refuse(
          'calling',
          `!{ ${CALLING} -m str -f ${allowListName(wanted.name, 'calling')} ${hashed(callingAeTitles)}}`,
          allow,
        )
      : []),
    ...(wanted.maxConnections === undefined
      ? []
      : refuse('full', `{ fe_conn gt ${wanted.maxConnections} }`, [...path, 'limits', 'connections'])),
    ...priorities(wanted, 'tcp-request content'),
    ...routes(wanted),
    ...(wanted.defaultBackend === undefined ? refuse('called', `!${routed(wanted)}`) : []),
    ...wanted.routes.flatMap((route, index) =>
      refuse('busy', `${routeIs(wanted, index)} ${nobodyIn(route.backend)}`, route.path),
    ),
    ...(wanted.defaultBackend === undefined
      ? []
      : refuse('busy', `${wanted.routes.length > 0 ? `!${routed(wanted)} ` : ''}${nobodyIn(wanted.defaultBackend)}`)),
    ...routedBackends(wanted),
    ...lines(path, [wanted.defaultBackend !== undefined && `default_backend ${wanted.defaultBackend}`]),
  ];
}

/**
 * True where no server of a pool can take anything. A worker that hands over to the next counts none in any pool, though
 * its servers still take those who connected before and speak only now.
 */
const nobodyIn = (backend: string): string => `{ nbsrv(${backend}) eq 0 } !{ stopping }`;

/** A line that starts with `#` is a comment in a list file, so such an AE title is written into the rule itself. */
const hashed = (titles: readonly string[]): string =>
  titles
    .filter((title) => title.startsWith('#'))
    .map((title) => `${quote(title)} `)
    .join('');

function sources(wanted: Frontend, refuse: string): readonly Line[] {
  if (wanted.allow.sources.length === 0) return [];
  return lines(
    [...wanted.path, 'allow', 'sources'],
    [`${refuse} if !{ src -f ${allowListName(wanted.name, 'sources')} }`],
  );
}

/** The last rule that matches sets the class, so they stand in reverse: the first in the spec wins. */
function priorities(wanted: Frontend, verb: string): readonly Line[] {
  return wanted.priority
    .map((rule, index) => {
      const rendered = condition(`priority-${index + 1}`, rule.when, rule.path);
      return [
        ...rendered.acls,
        ...lines(rule.path, [`${verb} set-priority-class int(${CLASS[rule.class]}) if ${rendered.words}`]),
      ];
    })
    .toReversed()
    .flat();
}

/** The first route that matches sets the variable that the rest of the frontend asks for. */
function routes(wanted: Frontend): readonly Line[] {
  const verb = wanted.protocol === 'http' ? 'http-request' : 'tcp-request content';
  return wanted.routes.flatMap((route, index) => {
    const rendered = condition(`route-${index + 1}`, route.when, route.path);
    const first = index === 0 ? '' : ` !${routed(wanted)}`;
    return [
      ...rendered.acls,
      ...lines(route.path, [`${verb} set-var(${variable(wanted)}) str(${index + 1}) if ${rendered.words}${first}`]),
    ];
  });
}

const routedBackends = (wanted: Frontend): readonly Line[] =>
  wanted.routes.flatMap((route, index) =>
    lines(route.path, [`use_backend ${route.backend} if ${routeIs(wanted, index)}`]),
  );

const variable = (wanted: Frontend): string => (wanted.protocol === 'http' ? 'txn.route' : 'sess.route');
const routed = (wanted: Frontend): string => `{ var(${variable(wanted)}) -m found }`;
const routeIs = (wanted: Frontend, index: number): string => `{ var(${variable(wanted)}) -m str ${index + 1} }`;

function redirect(wanted: Frontend): readonly Line[] {
  const from = wanted.tls?.redirectFrom ?? [];
  const port = wanted.listen[0]?.port;
  if (from.length === 0 || port === undefined) return [];
  const path = [...(wanted.tls?.path ?? wanted.path), 'redirectFrom'];
  const target = `https://%[req.hdr(host),regsub(:[0-9]+$,)]${port === 443 ? '' : `:${port}`}%[pathq]`;
  return section(`Service ${wanted.name}: from http to https`, `frontend ${wanted.name}.redirect from http`, path, [
    ...from.map((address) => line(`  bind ${formatAddress(address)}`, path)),
    ...expectProxy(wanted),
    ...lines(path, [
      'timeout client 30s',
      'option idle-close-on-response',
      'log-format \'{"event":"request","service":"%f","pool":"%b","server":"%s","from":"%ci","status":%ST,"end":"%ts","retries":"%rc"}\'',
      `http-request redirect location ${target} code 308`,
    ]),
  ]);
}
