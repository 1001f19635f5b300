import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { openapiDocument } from '#api';
import { routes } from '#api/contract';

import { openapiPage } from '../../tools/openapi.ts';
import { endPrograms } from '../support/programs.ts';
import { ALL, type Rig, startApi } from './support.ts';

type Media = { readonly schema: object };
type Operation = {
  readonly operationId: string;
  readonly summary: string;
  readonly security: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly schema: object }[];
};
type Document = {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: object };
};

const document = (await openapiDocument('1')) as Document;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

afterAll(endPrograms);

test('docs/openapi.json is what the schemas make of it (make docs)', async () => {
  expect(readFileSync('docs/openapi.json', 'utf8')).toBe(await openapiPage());
});

test('every route is in it, under its name', () => {
  const described = operations.map(({ path, method, operation }) => `${operation.operationId}: ${method} ${path}`);
  const wanted = Object.entries(routes).map(
    ([name, { method, path }]) => `${name}: ${method.toLowerCase()} ${path.replaceAll(/:(\w+)/g, '{$1}')}`,
  );
  expect(described.toSorted()).toEqual(wanted.toSorted());
});

test('every operation says how it is refused, who may ask, and what each part of its path is', () => {
  for (const { path, operation } of operations) {
    const { responses, parameters = [], operationId } = operation;
    expect(responses['default']?.content?.['application/problem+json']?.schema, operationId).toEqual({
      $ref: '#/components/schemas/Problem',
    });
    const isPublic = routes[operationId as keyof typeof routes].permission === 'public';
    expect(operation.security, operationId).toEqual(isPublic ? [] : [{ session: [] }, { token: [] }]);
    const named = parameters.filter((one) => one.in === 'path').map(({ name }) => name);
    expect(named.toSorted()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '').toSorted());
  }
  expect(Object.keys(document.components.securitySchemes).toSorted()).toEqual(['session', 'token']);
});

/** Reads the document's schemas as anybody would; the document is where their references lead. */
const ajv = new Ajv2020({ strict: false });
ajv.addSchema({ ...document, $id: 'vagus' });
const compiled = (pointer: readonly string[]) =>
  ajv.compile({
    $ref: `vagus#/${pointer
      .map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      .map(encodeURIComponent)
      .join('/')}`,
  });

test('every schema in it is one, and every reference leads somewhere', () => {
  for (const { path, method, operation } of operations) {
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      for (const type of Object.keys(content)) {
        compiled(['paths', path, method, 'responses', status, 'content', type, 'schema']);
      }
    }
    for (const type of Object.keys(operation.requestBody?.content ?? {})) {
      compiled(['paths', path, method, 'requestBody', 'content', type, 'schema']);
    }
  }
});

test('what is answered is as described', async () => {
  const rig: Rig = await startApi();
  const headers = { authorization: `Bearer ${rig.token(ALL)}` };
  const urls: Readonly<Record<string, string>> = { '/api/v1/services/{service}': '/api/v1/services/pacs' };
  const reads = operations.filter(
    ({ path, method, operation }) =>
      method === 'get' &&
      (!path.includes('{') || path in urls) &&
      operation.responses['200']?.content?.['application/json'],
  );
  expect(reads.length).toBeGreaterThan(10);
  for (const { path, method } of reads) {
    const answer = await rig.ask({ url: urls[path] ?? path, headers });
    const validate = compiled(['paths', path, method, 'responses', '200', 'content', 'application/json', 'schema']);
    expect(validate(answer.json()), `${path}: ${ajv.errorsText(validate.errors)}`).toBe(true);
  }
  const refused = await rig.ask({ url: '/api/v1/services/nothing', headers });
  const isProblem = compiled(['components', 'schemas', 'Problem']);
  expect(isProblem(refused.json()), ajv.errorsText(isProblem.errors)).toBe(true);
  await rig.close();
});
