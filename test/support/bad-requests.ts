// What can be asked wrongly of a controller whose site has the services portal, viewer (which follows portal) and pacs.

/** What a question is made from. */
type Site = {
  /** The text of the spec that is in force. */
  readonly good: string;
  /** A port that another program has. */
  readonly taken: number;
};

/** What is asked of a controller. */
export type Question = {
  readonly method?: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly path?: string;
  /** An object is sent as JSON. */
  readonly body?: unknown;
  readonly type?: string;
  readonly ifMatch?: string;
  /** Over HTTPS, with the token of that name; `nobody` has one that is none. */
  readonly as?: string;
};

/** A server that is there. */
export const SERVER = '/services/portal/pools/default/servers/ehr1';
const server = (body: unknown): Question => ({ path: SERVER, body });
const patch = (services: unknown): Question => ({ path: '/spec', body: { services } });
const put = (text: string, query = ''): Question => ({
  method: 'PUT',
  path: `/spec${query}`,
  body: text,
  type: 'application/yaml',
});
const changed =
  (from: string | RegExp, to: string) =>
  ({ good }: Site): Question =>
    put(good.replace(from, to));
const confirmedWithin =
  (span: string) =>
  ({ good }: Site): Question =>
    put(`${good}# more\n`, `?confirm=${span}`);
const state = (body: unknown, path = SERVER): Question => ({ method: 'PUT', path: `${path}/state`, body });
const inWindow = (from: number, until: number, labels: readonly string[] = ['portal/ehr1']): Question => ({
  method: 'POST',
  path: '/windows',
  body: { servers: labels, from: Date.now() + from, until: Date.now() + until },
});

/** By its name, what is asked, and the status and the code of the answer. */
export const BAD_REQUESTS: Readonly<Record<string, readonly [Question | ((site: Site) => Question), number, string]>> =
  {
    'a spec that is no YAML': [({ good }) => put(`${good}  : : [`), 422, 'apply-invalid'],
    'an empty spec': [() => put(''), 422, 'apply-invalid'],
    'a spec with an unknown field': [changed('servers:', 'sevrers:'), 422, 'apply-invalid'],
    'a spec with an unknown preset': [changed('preset: dicom', 'preset: dicomm'), 422, 'apply-invalid'],
    'a spec of a version to come': [changed('version: 1', 'version: 99'), 422, 'apply-invalid'],
    'a spec that listens twice on one address': [changed(/listen: (.*)/, 'listen: [$1, $1]'), 422, 'apply-invalid'],
    'a spec with a certificate that is none': [
      changed(
        'services:\n  portal:',
        'certificates: { web: { file: hospital.yaml } }\nservices:\n  portal:\n    tls: { certificate: web }',
      ),
      422,
      'apply-invalid',
    ],
    'a spec with a certificate that is not there': [
      changed(
        'services:\n  portal:',
        'certificates: { web: { file: no.pem } }\nservices:\n  portal:\n    tls: { certificate: web }',
      ),
      422,
      'apply-invalid',
    ],
    'a spec that listens where another program does': [
      (site) => changed(/listen: .*/, `listen: 127.0.0.1:${site.taken}`)(site),
      502,
      'haproxy-reload',
    ],
    'a spec as JSON': [{ method: 'PUT', path: '/spec', body: { version: 1 } }, 415, 'api-media-type'],
    'a spec to be confirmed within a week': [confirmedWithin('168h'), 422, 'apply-confirm-time'],
    'a spec to be confirmed within no time': [confirmedWithin('1ms'), 422, 'apply-confirm-time'],
    'a spec to be confirmed soon': [confirmedWithin('soon'), 400, 'api-invalid'],
    'a spec on a revision that is not in force': [
      ({ good }) => ({ ...put(`${good}# more\n`), ifMatch: '"99"' }),
      412,
      'apply-revision',
    ],
    'an If-Match that is no revision': [{ ...server({ weight: 1 }), ifMatch: 'W/"x"' }, 400, 'api-invalid'],
    'a patch on a revision that is not in force': [{ ...server({ weight: 1 }), ifMatch: '"0"' }, 412, 'apply-revision'],
    'a patch with an unknown field': [patch({ portal: { sevrers: {} } }), 422, 'apply-invalid'],
    'a patch that is a list': [{ path: '/spec', body: [] }, 400, 'api-invalid'],
    'a patch that takes all services away': [{ path: '/spec', body: { services: null } }, 422, 'apply-invalid'],
    'a patch that empties a pool': [patch({ pacs: { servers: { pacs1: null } } }), 422, 'apply-invalid'],
    'a patch that makes a followed server vanish': [
      patch({ portal: { servers: { ehr2: null } } }),
      422,
      'apply-invalid',
    ],
    'a patch with a weight that is a word': [
      patch({ portal: { servers: { ehr1: { weight: 'heavy' } } } }),
      422,
      'apply-invalid',
    ],
    'a patch with an address without a port': [
      patch({ pacs: { servers: { pacs1: '127.0.0.1:' } } }),
      422,
      'apply-invalid',
    ],
    'a patch with a server of a wrong name': [
      patch({ portal: { servers: { 'a b': '127.0.0.1:1' } } }),
      422,
      'apply-invalid',
    ],
    'a patch with servers that are a number': [patch({ portal: { servers: 5 } }), 422, 'apply-invalid'],
    'a patch of a service that is not there': [
      patch({ nowhere: { servers: { a: '127.0.0.1:1' } } }),
      422,
      'apply-invalid',
    ],
    'a patch that reaches for __proto__': [
      { path: '/spec', body: '{"services":{"portal":{"__proto__":{"weight":1}}}}', type: 'application/json' },
      400,
      'api-invalid',
    ],
    'a patch that reaches for a constructor': [
      { path: '/spec', body: '{"constructor":{"prototype":{"weight":1}}}', type: 'application/json' },
      400,
      'api-invalid',
    ],
    'a server’s weight below 0': [server({ weight: -1 }), 400, 'api-invalid'],
    'a server’s weight above 256': [server({ weight: 257 }), 400, 'api-invalid'],
    'a server’s weight of a half': [server({ weight: 0.5 }), 400, 'api-invalid'],
    'a server’s weight as a word': [server({ weight: '7' }), 400, 'api-invalid'],
    'a server’s address that is none': [server({ address: 'http://x/' }), 422, 'apply-invalid'],
    'a server’s limit of 0': [server({ limits: { connections: 0 } }), 400, 'api-invalid'],
    'a server’s unknown field': [server({ wieght: 1 }), 400, 'api-invalid'],
    'a server’s unknown limit': [server({ limits: { requests: 1 } }), 400, 'api-invalid'],
    'a server as null': [server(null), 400, 'api-invalid'],
    'a server as broken JSON': [{ ...server('{"weight":'), type: 'application/json' }, 400, 'api-invalid'],
    'a server as YAML': [{ ...server('weight: 1'), type: 'application/yaml' }, 415, 'api-media-type'],
    'a server too large to be one': [server({ address: 'x'.repeat(70_000) }), 413, 'api-too-large'],
    'a server that is not there': [
      { ...server({ weight: 1 }), path: SERVER.replace('ehr1', 'ehr9') },
      404,
      'api-not-found',
    ],
    'a pool that is not there': [
      { ...server({ weight: 1 }), path: SERVER.replace('default', 'x') },
      404,
      'api-not-found',
    ],
    'a service that is not there': [
      { ...server({ weight: 1 }), path: SERVER.replace('portal', '__proto__') },
      404,
      'api-not-found',
    ],
    'a new server at no address': [
      { method: 'PUT', path: SERVER.replace('ehr1', 'ehr3'), body: '"nowhere:port"', type: 'application/json' },
      422,
      'apply-invalid',
    ],
    'a new server of a wrong name': [
      { method: 'PUT', path: SERVER.replace('ehr1', 'a%20b'), body: { address: '127.0.0.1:1' } },
      422,
      'apply-invalid',
    ],
    'the last server of a pool removed': [
      { method: 'DELETE', path: '/services/pacs/pools/default/servers/pacs1' },
      422,
      'apply-invalid',
    ],
    'a state that there is not': [state({ state: 'sleep' }), 400, 'api-invalid'],
    'the last server drained': [
      state({ state: 'drain' }, '/services/pacs/pools/default/servers/pacs1'),
      409,
      'apply-would-empty',
    ],
    'a server drained that is not there': [
      state({ state: 'drain' }, SERVER.replace('ehr1', 'ehr9')),
      404,
      'apply-no-server',
    ],
    'a deadline that is no time': [state({ state: 'drain', deadline: 'later' }), 400, 'api-invalid'],
    'a reason of two lines': [state({ state: 'drain', why: 'a\nb' }), 400, 'api-invalid'],
    'a window in the past': [() => inWindow(-9_000, -1_000), 422, 'apply-window'],
    'a window that ends before it begins': [() => inWindow(9_000, 1_000), 422, 'apply-window'],
    'a window of a month': [() => inWindow(0, 30 * 86_400_000), 422, 'apply-window'],
    'a window for a server that is not there': [() => inWindow(0, 9_000, ['portal/ehr9']), 404, 'apply-no-server'],
    'a window that empties a pool': [() => inWindow(0, 9_000, ['pacs/pacs1']), 409, 'apply-would-empty'],
    'a window cancelled that is not there': [{ method: 'DELETE', path: '/windows/99' }, 422, 'apply-window'],
    'a rollback to 0': [{ method: 'POST', path: '/revisions/0/rollback' }, 400, 'api-invalid'],
    'a rollback to what is not there': [{ method: 'POST', path: '/revisions/999/rollback' }, 404, 'apply-no-revision'],
    'a confirmation of nothing': [{ method: 'POST', path: '/confirm' }, 409, 'apply-nothing-to-confirm'],
    'a path that is none': [{ path: '/nowhere', body: {} }, 404, 'api-no-route'],
    'a method that is none here': [{ method: 'DELETE', path: '/spec' }, 405, 'api-method'],
    'somebody without a token': [{ ...server({ weight: 1 }), as: 'nobody' }, 401, 'access-unknown'],
    'a viewer who changes': [{ ...server({ weight: 1 }), as: 'viewer' }, 403, 'access-denied'],
    'a viewer who drains': [{ ...state({ state: 'drain' }), as: 'viewer' }, 403, 'access-denied'],
    'an operator who changes': [
      { ...patch({ portal: { servers: { ehr1: { weight: 1 } } } }), as: 'operator' },
      403,
      'access-denied',
    ],
    'an administrator of another service': [
      { ...patch({ pacs: { limits: { connections: 9 } } }), as: 'portal' },
      403,
      'apply-scope',
    ],
    'an administrator of one service who renames the site': [
      { path: '/spec', body: { site: 'mine' }, as: 'portal' },
      403,
      'apply-scope',
    ],
    'an operator who makes a token': [
      {
        method: 'POST',
        path: '/tokens',
        body: { name: 'x', grants: [{ role: 'viewer', services: 'all' }], expires: '1h' },
        as: 'operator',
      },
      403,
      'access-denied',
    ],
  };
