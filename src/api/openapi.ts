import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
} from 'fastify-type-provider-zod';

import { operations, schemaOf, SESSION_COOKIE } from './schemas.ts';

/** The API as OpenAPI 3.1 has it, made from the schemas that requests are checked by. `version`: of Vagus. */
export async function openapiDocument(version: string): Promise<object> {
  const app = Fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Vagus',
        version,
        description:
          'What can be asked of a controller. Every error is a `Problem` with a stable code; docs/errors.md has them all.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'begun by `login`' },
          token: { type: 'http', scheme: 'bearer', description: '`vagus_…`, made by `addToken`' },
        },
      },
    },
    transform: createJsonSchemaTransform({}),
    transformObject: createJsonSchemaTransformObject({}),
  });
  // Only what is registered after the plugin that describes it is described.
  await app.register(async (described) => {
    for (const operation of operations) {
      const { method, path } = operation.route;
      described.route({ method, url: path, schema: schemaOf(operation), handler: () => undefined });
    }
  });
  await app.ready();
  const document = withoutUnused(app.swagger());
  await app.close();
  return document;
}

/** Each schema with a name is described as it is sent and as it is received; one of the two is seldom needed. */
function withoutUnused(document: object): object {
  const { components, ...rest } = document as {
    readonly components?: { readonly schemas?: Readonly<Record<string, unknown>> };
  };
  const schemas = components?.schemas ?? {};
  const used = new Set<string>();
  const follow = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      follow(schemas[name] ?? {});
    }
  };
  follow(rest);
  const kept = Object.entries(schemas).filter(([name]) => used.has(name));
  return { ...rest, components: { ...components, schemas: Object.fromEntries(kept) } };
}
