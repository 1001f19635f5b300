import { resolve as absolute } from 'node:path';
import type { WholeSite } from '../language.ts';
import { valuesOf } from '../schema/forms.ts';
import type { Certificate, Spec } from '../types.ts';
import { resolveService } from './service.ts';

/** Turns a document without errors into what it means. `directory` is where its relative paths start. */
export function resolveSite(site: WholeSite, directory: string): Spec {
  const certificates = [...(site.certificates ?? [])].map(([name, { file }]): Certificate => {
    const files = valuesOf(file).map((path) => absolute(directory, path));
    return { name, path: ['certificates', name], files };
  });
  const names = certificates.map(({ name }) => name);
  return {
    site: site.site,
    certificates,
    dns: { servers: valuesOf(site.dns?.servers) },
    services: [...site.services].map(([name, service]) => resolveService(name, service, names, directory)),
  };
}
