import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { dirname, join } from 'node:path';

import type { Result } from '#lib';
import { err, ok } from '#lib';
import { type Backend, backendsOf, type Desired, fileReferences } from '#plan';
import {
  type Location,
  type Path,
  patchText,
  patchValue,
  type Problem,
  readServices,
  type Spec,
  type SpecPatch,
  type SpecValue,
} from '#spec';
import { type Revision, revisionChain } from '#store';
import { exists, readText } from '#system';

import { fault } from './errors.ts';
import { refuse, type Refusal } from './judge.ts';
import type { Machine } from './machine.ts';
import { type FileReader, fromDisk, hostsFile, type Prepared, prepareText } from './prepare.ts';
import type { Standing } from './standing.ts';
import { textOf } from './text-of.ts';

/** What may become the next revision: read, compiled and free of errors. */
export type Candidate = {
  readonly origin: Revision['origin'];
  readonly content: { readonly text: string; readonly fileDigest: string } | { readonly patch: SpecPatch };
  /** The spec file, absolute. */
  readonly file: string;
  readonly value: SpecValue;
  readonly desired: Desired;
  readonly warnings: readonly Problem[];
  readonly locate: (path: Path) => Location;
  /** Where only the servers of some services differ from what is in force: these services. */
  readonly services?: readonly string[];
};

type Source = { readonly file: string; readonly origin: Revision['origin'] };

export const digestOfText = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A candidate from a whole text. */
export function fromText(text: string, { file, origin }: Source, read?: FileReader): Result<Candidate, Refusal> {
  const prepared = prepareText(text, file, read);
  const whole = complete(prepared);
  return whole.ok ? ok({ ...whole.value, origin, content: { text, fileDigest: digestOfText(text) } }) : whole;
}

/**
 * A candidate from a patch. Where it is about servers alone, only their services are read and compiled, so that it takes
 * as long on a large site as on a small one.
 */
export function fromPatch(machine: Machine, standing: Standing, patch: SpecPatch): Result<Candidate, Refusal> {
  const value = patchValue(standing.value, patch);
  const services = servicesWithServersIn(patch);
  const quick = services && patchedServices(standing, value, services);
  const content = { origin: 'patch' as const, content: { patch } };
  if (quick) return quick.ok ? ok({ ...quick.value, ...content }) : quick;
  const text = textOf(machine.store, standing.revision.number);
  if (!text.ok) return refuse(text.error);
  const whole = complete(prepareText(patchText(text.value, patch), standing.file));
  return whole.ok ? ok({ ...whole.value, ...content }) : whole;
}

/** A candidate from an earlier revision, with the certificates that it had as far as they are still kept. */
export function fromRevision(
  machine: Machine,
  standing: Standing,
  earlier: Pick<Revision, 'number' | 'file'>,
): Result<Candidate, Refusal> {
  const text = textOf(machine.store, earlier.number);
  if (!text.ok) return refuse(text.error);
  const chain = revisionChain(machine.store, earlier.number);
  if (!chain.ok) return refuse(chain.error);
  // A quick change whose files were never written on their own has those of what it is a change of.
  const { configuration } = chain.value.findLast((one) => one.configuration !== undefined) ?? {};
  const source = { file: earlier.file ?? standing.file, origin: 'rollback' as const };
  return fromText(text.value, source, keptFiles(machine, configuration));
}

/** Reads files as they were in a configuration that is kept; those it does not have, from disk. */
export function keptFiles({ state }: Machine, configuration: string | undefined): FileReader {
  return (reference) => {
    const { name } = reference;
    const kept = configuration && name && join(state.haproxy.configurations, configuration, name);
    return kept && exists(kept) ? readText(kept) : fromDisk(reference);
  };
}

type Compiled = Omit<Candidate, 'origin' | 'content'>;

function complete({ file, value, desired, problems, locate }: Prepared): Result<Compiled, Refusal> {
  if (desired !== undefined && value !== undefined) return ok({ file, value, desired, warnings: problems, locate });
  const count = problems.filter(({ severity }) => severity === 'error').length;
  const message = `${file} has ${count === 1 ? 'an error' : `${count} errors`}; nothing was changed`;
  return err({ fault: fault('apply-invalid', message), problems });
}

/** The services of a patch that is about nothing but servers; undefined for any other patch. */
function servicesWithServersIn(patch: SpecPatch): readonly string[] | undefined {
  const names = Object.keys(patch);
  if (names.length !== 1 || names[0] !== 'services') return undefined;
  const services = Object.entries(asPatch(patch['services']));
  const isAboutServers = ([, service]: [string, unknown]): boolean =>
    Object.entries(asPatch(service)).every(
      ([field, part]) =>
        field === 'servers' ||
        (field === 'pools' && Object.values(asPatch(part)).every((pool) => isOnly(asPatch(pool), 'servers'))),
    );
  return services.length > 0 && services.every(isAboutServers) ? services.map(([name]) => name) : undefined;
}

const isOnly = (patch: SpecPatch, field: string): boolean => Object.keys(patch).every((name) => name === field);

/** A part of a patch as a map; what is none has one field that nothing is called. */
const asPatch = (part: unknown): SpecPatch =>
  typeof part === 'object' && part !== null && !Array.isArray(part) ? (part as SpecPatch) : { '': part };

/** Undefined where the services cannot be compiled by themselves: they need other files or pools, others follow them, or they are relayed. */
function patchedServices(
  standing: Standing,
  value: SpecValue,
  services: readonly string[],
): Result<Compiled, Refusal> | undefined {
  const changed = new Map<string, Backend>();
  const warnings: Problem[] = [];
  const directory = dirname(standing.file);
  const facts = { hosts: hostsFile() };
  for (const name of services) {
    const { spec, problems } = readServices(value, name, directory);
    const service = spec?.services.find((candidate) => candidate.name === name);
    if (spec === undefined || service === undefined) {
      const message = `the change of ${name} would make the spec wrong; nothing was changed`;
      return err({ fault: fault('apply-invalid', message), problems });
    }
    if (service.relay !== undefined) return undefined;
    warnings.push(...problems);
    const backends = new Map(backendsOf(service, spec, facts).map((backend) => [backend.name, backend]));
    const before = standing.desired.backends.filter((backend) => backend.service === name);
    if (before.length !== backends.size || !before.every((backend) => backends.has(backend.name))) return undefined;
    const was = readServices(standing.value, name, directory).spec;
    if (was === undefined || !isDeepStrictEqual(authoritiesOf(was), authoritiesOf(spec))) return undefined;
    const others = spec.services.filter((other) => !services.includes(other.name));
    const isAsBefore = (backend: Backend) => {
      const old = standing.desired.backends.find((candidate) => candidate.name === backend.name);
      return old !== undefined && isDeepStrictEqual(followsOf(backend), followsOf(old));
    };
    if (!others.every((other) => backendsOf(other, spec, facts).every(isAsBefore))) return undefined;
    for (const [pool, backend] of backends) changed.set(pool, backend);
  }
  const desired = {
    ...standing.desired,
    backends: standing.desired.backends.map((backend) => changed.get(backend.name) ?? backend),
  };
  const locate = (path: Path): Location => ({ file: path.join('.'), line: 0, column: 0 });
  return ok({ file: standing.file, value, desired, warnings, locate, services });
}

/** The files that servers are verified with, by what the engine calls them. Certificates belong to the whole site. */
const authoritiesOf = (spec: Spec): readonly { readonly name: string; readonly file: string }[] =>
  fileReferences(spec).flatMap(({ name, file, use }) =>
    use === 'authorities' && name !== undefined ? [{ name, file }] : [],
  );

/** Whose state the servers of a pool share. */
const followsOf = ({ servers }: Backend): readonly (string | undefined)[] => servers.map(({ follows }) => follows);

/** True where a candidate says word for word, or value for value, what is in force. */
export const saysTheSame = (candidate: Candidate, standing: Standing, text: () => string | undefined): boolean =>
  'text' in candidate.content ? candidate.content.text === text() : isDeepStrictEqual(candidate.value, standing.value);
