import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { httpClient } from '#demo';
import { type StandIn, startStandIn } from '../support/stand-ins.ts';
import { waitFor } from '../support/wait.ts';

vi.setConfig({ testTimeout: 20_000, hookTimeout: 20_000 });

const browser = (server: StandIn, timeout = 5_000) =>
  httpClient({ url: `http://127.0.0.1:${server.port}`, keepAlive: false, timeout });

async function get(server: StandIn, path: string, headers: Record<string, string> = {}, timeout?: number) {
  const none: IncomingHttpHeaders = {};
  const answer = await browser(server, timeout).request(path, { headers });
  return answer.ok ? answer.value : { status: answer.error, headers: none, body: '' };
}

describe('the portal', () => {
  let ehr1: StandIn;
  beforeAll(async () => void (ehr1 = await startStandIn('portal', { name: 'ehr1' })));
  beforeEach(() => ehr1.set({}));
  afterAll(() => ehr1.kill());

  test('says who serves the page, to people and to programs', async () => {
    const page = await get(ehr1, '/', { accept: 'text/html,*/*' });
    expect(page.headers['content-type']).toContain('text/html');
    expect(page.body).toContain('St. Elsewhere EHR portal, served by <strong>ehr1</strong>');
    expect((await get(ehr1, '/')).body).toBe('St. Elsewhere EHR portal, served by ehr1: visit 1 of this session.\n');
  });

  test('counts the visits of each session by its cookie, and begins anew with a cookie it does not know', async () => {
    const [one, other] = [browser(ehr1), browser(ehr1)];
    const visit = async (client: typeof one) => {
      const answer = await client.request('/');
      return answer.ok && /visit (\d+)/.exec(answer.value.body)?.[1];
    };
    expect([await visit(one), await visit(one), await visit(other), await visit(one)]).toEqual(['1', '2', '1', '3']);
    expect((await get(ehr1, '/', { cookie: 'EHR_SESSION=of-another-server' })).body).toContain('visit 1');
  });

  test('keeps idle connections for longer than a minute', async () => {
    const answer = await httpClient({ url: `http://127.0.0.1:${ehr1.port}`, keepAlive: true }).request('/health');
    const seconds = answer.ok && /timeout=(\d+)/.exec(String(answer.value.headers['keep-alive']))?.[1];
    expect(Number(seconds)).toBeGreaterThan(60);
  });

  test('is healthy, and counts pages but no health checks as work', async () => {
    const before = await ehr1.worked();
    expect(JSON.parse((await get(ehr1, '/health')).body)).toEqual({ status: 'up', server: 'ehr1' });
    await get(ehr1, '/');
    expect(await ehr1.worked()).toBe(before + 1);
  });

  test('told to be slow, keeps its pages back and stays healthy', async () => {
    await ehr1.set({ slow: 60_000 });
    expect((await get(ehr1, '/', {}, 300)).status).toBe('no answer within 300 ms');
    expect((await get(ehr1, '/health')).status).toBe(200);
  });

  test('told to fail, fails at everything', async () => {
    await ehr1.set({ status: 503 });
    expect([(await get(ehr1, '/')).status, (await get(ehr1, '/health')).status]).toEqual([503, 503]);
  });

  test('hung, takes connections and answers nothing until it is resumed', async () => {
    ehr1.hang();
    expect((await get(ehr1, '/health', {}, 300)).status).toBe('no answer within 300 ms');
    ehr1.resume();
    expect((await get(ehr1, '/health')).status).toBe(200);
  });

  test('tells connections that were reset from those that were closed', async () => {
    const open = async () => {
      const socket = connect(ehr1.port, '127.0.0.1');
      socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
      await once(socket, 'data');
      return socket;
    };
    const before = ehr1.resets();
    (await open()).end();
    (await open()).resetAndDestroy();
    await waitFor('the reset is seen', () => ehr1.resets() > before);
    await get(ehr1, '/health');
    expect(ehr1.resets()).toBe(before + 1);
  });

  test('--delay makes a slower one', async () => {
    const slower = await startStandIn('portal', { args: ['--delay', '60000'] });
    expect((await get(slower, '/', {}, 300)).status).toBe('no answer within 300 ms');
    await slower.kill();
    expect((await get(slower, '/')).status).toBe('ECONNREFUSED');
  });
});

describe('the FHIR server', () => {
  let fhir1: StandIn;
  beforeAll(async () => void (fhir1 = await startStandIn('fhir', { name: 'fhir1' })));
  beforeEach(() => fhir1.set({}));
  afterAll(() => fhir1.kill());

  const resource = async (path: string) => {
    const { status, headers, body } = await get(fhir1, path);
    expect(headers['content-type']).toContain('application/fhir+json');
    return { status, ...(JSON.parse(body) as Record<string, unknown>) };
  };

  test('states its capabilities, even while it is slow', async () => {
    await fhir1.set({ slow: 60_000 });
    expect(await resource('/metadata')).toMatchObject({
      status: 'active',
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
    });
    expect((await get(fhir1, '/Patient/p1', {}, 300)).status).toBe('no answer within 300 ms');
  });

  test('reads and searches patients', async () => {
    expect(await resource('/Patient/p1')).toMatchObject({ status: 200, resourceType: 'Patient', id: 'p1' });
    const bundle = await resource('/Patient?family=samp&_count=3');
    expect(bundle).toMatchObject({ status: 200, resourceType: 'Bundle', type: 'searchset', total: 4 });
    expect(bundle).toMatchObject({ entry: { length: 3 } });
  });

  test('links by the name that its clients use', async () => {
    const headers = { host: 'fhir.localhost:8444', 'x-forwarded-proto': 'https' };
    const { body } = await get(fhir1, '/Patient?_id=p7', headers);
    expect(JSON.parse(body)).toMatchObject({ entry: [{ fullUrl: 'https://fhir.localhost:8444/Patient/p7' }] });
  });

  test('creates an Observation, and nothing else', async () => {
    const post = (body: string) => browser(fhir1).request('/Observation', { method: 'POST', body });
    expect(await post('{"resourceType":"Observation"}')).toMatchObject({
      value: { status: 201, headers: { location: expect.stringMatching(/\/Observation\/[\w-]+\/_history\/1$/) } },
    });
    expect(await post('{"resourceType":"Patient"}')).toMatchObject({ value: { status: 400 } });
    expect(await post('not JSON')).toMatchObject({ value: { status: 400 } });
  });

  test('says in FHIR what it does not have and cannot do', async () => {
    expect(await resource('/Patient/nobody')).toMatchObject({ status: 404, resourceType: 'OperationOutcome' });
    expect(await resource('/Unheard')).toMatchObject({ status: 404, resourceType: 'OperationOutcome' });
    await fhir1.set({ status: 503 });
    expect(await resource('/Patient/p1')).toMatchObject({ status: 503, resourceType: 'OperationOutcome' });
  });

  test('prints nothing of what it is asked', async () => {
    await get(fhir1, '/Patient?family=CANARY4711&_id=CANARY4712');
    await browser(fhir1).request('/Observation', { method: 'POST', body: '{"CANARY4713":1}' });
    await fhir1.worked();
    expect(fhir1.output()).not.toContain('CANARY');
  });
});
