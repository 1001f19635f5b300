import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Fault, Result } from '#lib';
import { err, ok, Secret } from '#lib';

import { fault } from './errors.ts';

/**
 * The value of a secret by its name: the content of the file of that name in `directory`, without the line break at its
 * end; where there is no such file, of the environment variable `VAGUS_SECRET_NAME`. Neither is ever told.
 */
export function readSecret(directory: string, name: string): Result<Secret, Fault> {
  const variable = `VAGUS_SECRET_${name.toUpperCase().replaceAll('-', '_')}`;
  try {
    return ok(new Secret(readFileSync(join(directory, name), 'utf8').replace(/\r?\n$/, '')));
  } catch (cause) {
    const value = process.env[variable];
    if (value !== undefined && value !== '') return ok(new Secret(value));
    const code = (cause as NodeJS.ErrnoException).code;
    const found = code === 'ENOENT' || code === 'ENOTDIR';
    const message = found
      ? `there is no secret ${name}: neither the file secrets/${name} in the state directory nor ${variable}`
      : `the secret ${name} cannot be read from its file in the state directory (${code})`;
    return err(fault('system-secret-missing', message, cause));
  }
}
