import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { render, type Rendered } from '#engines/haproxy';
import { readComplaints } from '../../../src/engines/haproxy/judge.ts';
import { configurationOf, desiredOf, judged, options, rendered } from './support.ts';

const PAGE = `version: 1
site: judged
services:
  web:
    preset: http
    listen: 127.0.0.1:2000
    servers: { good: 127.0.0.1:2001, bad: 127.0.0.1:2002 }
  lab:
    preset: tcp
    listen: 127.0.0.1:2003
    servers: { a: 127.0.0.1:2004 }
`;

/** The same files with one line of haproxy.cfg changed. */
function doctored(result: Rendered, from: string, to: string): Rendered {
  const text = configurationOf(result);
  expect(text.split(from)).toHaveLength(2);
  return { ...result, files: new Map([...result.files, ['haproxy.cfg', text.replace(from, to)]]) };
}

describe('what HAProxy refuses is told at its place in the spec', () => {
  test('of what we write it refuses nothing', async () => {
    expect(await judged(rendered(PAGE))).toEqual([]);
  });

  test.each([
    ['  server bad 127.0.0.1:2002 ', '  server bad 127.0.0.1:2002 nonsense ', ['services', 'web', 'servers', 'bad']],
    ['  bind 127.0.0.1:2003 ', '  bind 127.0.0.1:2003 nonsense ', ['services', 'lab', 'listen', 0]],
    ['  timeout server 1h\n', '  timeout server long\n', ['services', 'lab', 'timeouts']],
    ['backend lab from tcp', 'backend lab from nobody', ['services', 'lab']],
  ])('%s', async (from, to, path) => {
    const complaints = await judged(doctored(rendered(PAGE), from, to));
    const errors = complaints.filter(({ severity }) => severity === 'error');
    expect(errors.map((error) => error.path)).toContainEqual(path);
    expect(errors.map(({ message }) => message).join('\n')).not.toMatch(/haproxy\.cfg|\[ALERT\]|Fatal errors/);
  });

  test('what a spec cannot know: a CA file without a certificate', async () => {
    const desired = desiredOf(readFileSync('test/cases/haproxy/mutual-tls/spec.yaml', 'utf8'));
    const result = render(desired, options);
    const files = new Map([...result.files, ['tls/required.clients.pem', 'nothing\n'] as const]);
    const errors = (await judged({ ...result, files })).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ path }) => path)).toContainEqual(['services', 'required', 'listen', 0]);
  });
});

describe('reading complaints', () => {
  const text: Rendered = {
    files: new Map([['haproxy.cfg', '\nbackend web from http\n  retries 3\nbackend lab from tcp\n']]),
    origin: (line) => ['line', line],
  };

  test('a complaint that names only a section is told at that section', () => {
    const output = "[ALERT]    (1) : config : Proxy 'lab': unable to find required default_backend: 'nowhere'.";
    expect(readComplaints(output, text)).toMatchObject([{ severity: 'error', line: 4, path: ['line', 4] }]);
  });

  test('an error and a warning with their lines, and no summary', () => {
    const output = [
      '[NOTICE]   (28362) : haproxy version is 3.0.11-1+deb13u4',
      "[WARNING]  (7) : config : parsing [/x/haproxy.cfg:12] : a 'http-request' rule placed after a 'use_backend' rule will still be processed before.",
      "[ALERT]    (28362) : config : parsing [/x/haproxy.cfg:54] : unknown keyword 'nonsense' in 'backend' section",
      '[ALERT]    (28362) : config : Error(s) found in configuration file : /x/haproxy.cfg',
      '[ALERT]    (28362) : config : Fatal errors found in configuration.',
      'Warnings were found.',
      '',
    ].join('\n');
    expect(readComplaints(output, text)).toEqual([
      {
        severity: 'warning',
        line: 12,
        path: ['line', 12],
        message: "a 'http-request' rule placed after a 'use_backend' rule will still be processed before.",
      },
      {
        severity: 'error',
        line: 54,
        path: ['line', 54],
        message: "unknown keyword 'nonsense' in 'backend' section",
      },
    ]);
  });

  test('a complaint without a line has no place', () => {
    const output =
      "[WARNING]  (1) : config: Can't open global server state file '/x/servers.state': No such file or directory";
    expect(readComplaints(output, text)).toMatchObject([{ severity: 'warning', line: undefined, path: undefined }]);
  });

  test('a complaint about a server names its line in the middle', () => {
    const output =
      "[WARNING]  (9) : config : [/x/haproxy.cfg:101] : 'server web/ehr1' : could not resolve address 'ehr1.example', disabling server.";
    expect(readComplaints(output, text)).toMatchObject([
      { line: 101, path: ['line', 101], message: expect.stringContaining("'server web/ehr1' : could not resolve") },
    ]);
  });

  test('nothing to complain about', () => {
    expect(readComplaints('Configuration file is valid\n', text)).toEqual([]);
  });
});
