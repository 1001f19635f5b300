import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { readSecret } from '#system';

import { endPrograms, temporaryDirectory } from '../support/programs.ts';

afterEach(() => void vi.unstubAllEnvs());
afterAll(endPrograms);

const directory = temporaryDirectory('secrets');

test('the file comes first, then the environment; the line break at the end is none of it', () => {
  vi.stubEnv('VAGUS_SECRET_SNMP_READ', 'from the environment');
  const fromEnvironment = readSecret(directory, 'snmp-read');
  expect(fromEnvironment.ok && fromEnvironment.value.reveal()).toBe('from the environment');
  writeFileSync(join(directory, 'snmp-read'), 'from a file\n');
  const fromFile = readSecret(directory, 'snmp-read');
  expect(fromFile.ok && fromFile.value.reveal()).toBe('from a file');
  expect(inspect(fromFile) + JSON.stringify(fromFile)).not.toContain('from a file');
});

test('one that is not there, or is no file, is said by its name', () => {
  const missing = readSecret(directory, 'absent');
  expect(!missing.ok && missing.error.message).toBe(
    'there is no secret absent: neither the file secrets/absent in the state directory nor VAGUS_SECRET_ABSENT',
  );
  mkdirSync(join(directory, 'folder'));
  const folder = readSecret(directory, 'folder');
  expect(!folder.ok && folder.error.code).toBe('system-secret-missing');
  expect(readSecret(join(directory, 'nowhere'), 'absent').ok).toBe(false);
});
