import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { FHIR_MEDIA_TYPE } from '#protocols';
import { birthDate, people, type Person } from '../people.ts';
import { type Answer, httpServer, targetOf } from './http.ts';
import { standIn } from './stand-in.ts';

// A FHIR R4 server (hl7.org/fhir/R4/http.html) with twenty synthetic patients. Observations are accepted and forgotten.

const { values } = parseArgs({
  options: { name: { type: 'string', default: 'fhir1' }, port: { type: 'string', default: '0' } },
});
const { name } = values;
const me = standIn(name);
const FOR_CHECKS = new Set(['/metadata', '/health']);

me.listen(httpServer(respond), Number(values.port));

async function respond(request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = targetOf(request);
  const body = await text(request);
  if (!FOR_CHECKS.has(pathname)) await me.work();

  const { status } = me.faults();
  if (status !== undefined) return outcome(status, 'exception', `${name} answers ${status}, because it was told to`);

  const [type = '', id, ...rest] = pathname.slice(1).split('/');
  const base = `${request.headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'}://${request.headers.host ?? name}`;
  if (rest.length === 0) {
    switch (`${request.method === 'HEAD' ? 'GET' : request.method} ${type}${id === undefined ? '' : '/id'}`) {
      case 'GET health':
        return answer(200, { status: 'up', server: name });
      case 'GET metadata':
        return answer(200, capabilities());
      case 'GET Patient':
        return answer(200, search(searchParams, base));
      case 'GET Patient/id':
        return read(id ?? '');
      case 'POST Observation':
        return create(body, base);
      default:
    }
  }
  return outcome(404, 'not-found', 'nothing is found here; see /metadata for what is');
}

function read(id: string): Answer {
  const person = people.find((candidate) => candidate.id === id);
  if (person === undefined) return outcome(404, 'not-found', 'there is no such resource');
  return answer(200, patient(person), { etag: 'W/"1"' });
}

/** Searches by `family`, `given` and `_id`; `_count` limits what is returned, and other parameters are ignored (§3.1.1.6). */
function search(parameters: URLSearchParams, base: string): unknown {
  const beginsWith = (value: string, parameter: string): boolean =>
    value.toLowerCase().startsWith((parameters.get(parameter) ?? '').toLowerCase());
  const found = people.filter(
    (person) =>
      beginsWith(person.family, 'family') &&
      beginsWith(person.given, 'given') &&
      [null, person.id].includes(parameters.get('_id')),
  );
  const count = Number(parameters.get('_count') ?? people.length);
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [{ relation: 'self', url: `${base}/Patient?${parameters.toString()}` }],
    entry: found.slice(0, count).map((person) => ({
      fullUrl: `${base}/Patient/${person.id}`,
      resource: patient(person),
      search: { mode: 'match' },
    })),
  };
}

function create(body: string, base: string): Answer {
  if (typeOf(body) !== 'Observation') return outcome(400, 'structure', 'the body is not an Observation in JSON');
  const location = `${base}/Observation/${randomUUID()}/_history/1`;
  return { status: 201, headers: { location, etag: 'W/"1"' }, body: '' };
}

function typeOf(body: string): string | undefined {
  try {
    return (JSON.parse(body) as { resourceType?: string } | null)?.resourceType;
  } catch {
    return undefined;
  }
}

const patient = (person: Person) => ({
  resourceType: 'Patient',
  id: person.id,
  meta: { versionId: '1', tag: [{ code: 'synthetic' }] },
  name: [{ family: person.family, given: [person.given] }],
  gender: person.gender,
  birthDate: birthDate(person, '-'),
});

const served = (type: string, interactions: readonly string[]) => ({
  type,
  interaction: interactions.map((code) => ({ code })),
});

function capabilities(): unknown {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'instance',
    implementation: { description: `St. Elsewhere, a demonstration, served by ${name}` },
    fhirVersion: '4.0.1',
    format: ['json'],
    rest: [
      {
        mode: 'server',
        resource: [served('Patient', ['read', 'search-type']), served('Observation', ['create'])],
      },
    ],
  };
}

const outcome = (status: number, code: string, diagnostics: string): Answer =>
  answer(status, { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] });

function answer(status: number, resource: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  const contentType = { 'content-type': `${FHIR_MEDIA_TYPE.json}; charset=utf-8` };
  return { status, headers: { ...contentType, ...headers }, body: `${JSON.stringify(resource, undefined, 2)}\n` };
}
