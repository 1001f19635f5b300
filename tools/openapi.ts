import { readFileSync, writeFileSync } from 'node:fs';
import { openapiDocument } from '#api';

/** `docs/openapi.json`: the API, for those who write programs against it. */
export async function openapiPage(): Promise<string> {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  return `${JSON.stringify(await openapiDocument(version), null, 2)}\n`;
}

if (import.meta.main) writeFileSync('docs/openapi.json', await openapiPage());
