import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Complaint, judge, type Rendered, render, version } from '#engines/haproxy';
import { ok, Secret } from '#lib';
import { compile, type Desired, type Facts, fileReferences } from '#plan';
import { type Reading, readSpec } from '#spec';
import { makeCertificates } from './certificates.ts';

/** What a configuration is rendered with in these tests: it need not exist. */
export const options = {
  runDirectory: '/var/lib/vagus/haproxy/run',
  relayDirectory: '/var/lib/vagus/relay',
  user: 'haproxy',
} as const;

/** One CA, and one certificate of it, for whatever file a spec names: which it is makes no difference to the text. */
export function factsFor({ spec }: Reading): Facts {
  const references = spec ? fileReferences(spec) : [];
  return {
    now: Date.now(),
    hosts: new Set(['localhost']),
    files: new Map(
      references.map(({ file, use }) => [file, ok(use === 'certificate' ? pems.site.text : pems.ca.certificate)]),
    ),
  };
}

const pems = (() => {
  const certificates = makeCertificates();
  const ca = certificates.authority();
  const made = { ca, site: certificates.issue('site') };
  rmSync(certificates.directory, { recursive: true });
  return made;
})();

export function readText(text: string): Reading {
  return readSpec(text, { file: 'spec.yaml', directory: '/etc/vagus' });
}

/** The desired state of a spec without errors. */
export function desiredOf(text: string): Desired {
  const reading = readText(text);
  const { spec, problems } = reading;
  if (!spec) throw new Error(problems.map(({ message }) => message).join('\n'));
  const compiled = compile(spec, factsFor(reading), (path) => reading.locate(path));
  if (!compiled.desired) throw new Error(compiled.problems.map(({ message }) => message).join('\n'));
  return compiled.desired;
}

/** The desired state of a site with these services, in the spec's words, and the files they name as they are on disk. */
export function desiredFrom(services: object, certificates: Readonly<Record<string, string>> = {}): Desired {
  const files = Object.fromEntries(Object.entries(certificates).map(([name, file]) => [name, { file }]));
  const reading = readText(JSON.stringify({ version: 1, site: 'live', certificates: files, services }));
  const { spec, problems } = reading;
  if (!spec) throw new Error(problems.map(({ message }) => message).join('\n'));
  const contents = new Map(fileReferences(spec).map(({ file }) => [file, ok(readFileSync(file, 'utf8'))]));
  const facts: Facts = { now: Date.now(), hosts: new Set(['localhost']), files: contents };
  const compiled = compile(spec, facts, (path) => reading.locate(path));
  if (!compiled.desired) throw new Error(compiled.problems.map(({ message }) => message).join('\n'));
  return compiled.desired;
}

export const rendered = (text: string): Rendered => render(desiredOf(text), options);

export const configurationOf = ({ files }: Rendered): string => String(files.get('haproxy.cfg'));

const installed = version();

/** Neither is there a file of server states from before, nor does anybody know the names in these specs. */
const EXPECTED = /server state file|could not resolve address/;

/** What the installed HAProxy has to say of these files that could matter. */
export async function judged(result: Rendered): Promise<readonly Complaint[]> {
  const directory = mkdtempSync(join(tmpdir(), 'vagus-judge-'));
  try {
    // As `stage` does, but without waiting for the disk: nothing here has to outlive a power cut.
    for (const [name, content] of result.files) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), content instanceof Secret ? content.reveal() : content);
    }
    const found = await installed;
    if (!found.ok) throw found.error;
    const complaints = await judge(found.value, directory, result);
    if (!complaints.ok) throw complaints.error;
    return complaints.value.filter(({ message }) => !EXPECTED.test(message));
  } finally {
    rmSync(directory, { recursive: true });
  }
}
