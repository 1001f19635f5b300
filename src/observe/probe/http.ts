import { err, ok, type Result, type Secret } from '#lib';
import { FHIR_MEDIA_TYPE } from '#protocols';
import { type Connection, type HttpAnswer, httpGet } from '#system';

import { healthy, lastSpan, type Session, unhealthy, type Verdict } from './session.ts';
import { withoutValues } from './target.ts';
import { readFailure } from './words.ts';

type Asked = { readonly protocol: 'http' | 'fhir'; readonly authority: string; readonly uri: Secret };

/** One GET. Healthy is 2xx and 3xx, as in HAProxy's own HTTP check; of a FHIR server, a resource. */
export async function probeHttp(connection: Connection, asked: Asked, session: Session): Promise<Verdict> {
  const headers = {
    Host: asked.authority,
    'User-Agent': 'vagus-probe',
    Accept: asked.protocol === 'fhir' ? FHIR_MEDIA_TYPE.json : '*/*',
  };
  const get = async (): Promise<Result<HttpAnswer, string>> => {
    const answer = await httpGet(connection, { uri: asked.uri.reveal(), headers }, session.deadline);
    return answer.ok ? ok(answer.value) : err(httpFailure(answer.error, session.timeout));
  };
  const answer = await session.step('GET', get, ({ status }) => `HTTP ${status}`);
  await connection.end();
  if (!answer.ok) return unhealthy(answer.error);
  const { status, location } = answer.value;
  if (status >= 400) return unhealthy(`HTTP ${status}`);
  if (asked.protocol === 'fhir') return fhirVerdict(answer.value, asked.uri.reveal(), session);
  const redirect = status >= 300 && location !== undefined ? `, a redirect to ${placeOf(location)}` : '';
  return healthy(`HTTP ${status} in ${lastSpan(session)}${redirect}`);
}

function httpFailure(code: string, timeout: number): string {
  if (code.startsWith('HPE_')) return 'answered, but not in HTTP';
  if (code === 'ECONNRESET') return 'accepts connections and closes them without an answer';
  return readFailure(code, timeout);
}

const placeOf = (location: string): string => {
  const [path = '', ...query] = location.split('?');
  return path.replace(/[^\x21-\x7e]/g, '') + (query.length === 0 ? '' : withoutValues(`?${query.join('?')}`));
};

function fhirVerdict(answer: HttpAnswer, uri: string, session: Session): Verdict {
  const { status } = answer;
  const type = status < 300 ? resourceTypeOf(answer) : undefined;
  if (type === undefined) return unhealthy(`HTTP ${status}, but the answer is not a FHIR resource`);
  const isMetadata = /\/metadata(\?|$)/.test(uri);
  if (isMetadata && type !== 'CapabilityStatement') {
    return unhealthy(`HTTP ${status}, but with ${type} instead of CapabilityStatement`);
  }
  return healthy(`HTTP ${status} with ${type} in ${lastSpan(session)}`);
}

/** The type of the resource in an answer; of one too long to be read in whole, the first that is named. */
function resourceTypeOf({ body, whole }: HttpAnswer): string | undefined {
  const text = body.toString('utf8');
  const type = whole ? field(text) : /"resourceType"\s*:\s*"(\w+)"/.exec(text)?.[1];
  return typeof type === 'string' && /^[A-Z][A-Za-z]{1,63}$/.test(type) ? type : undefined;
}

function field(json: string): unknown {
  try {
    return (JSON.parse(json) as { resourceType?: unknown } | null)?.resourceType;
  } catch {
    return undefined;
  }
}
