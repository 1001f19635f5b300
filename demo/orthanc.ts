import { join } from 'node:path';
import type { Fault, Result } from '#lib';
import { err, ok } from '#lib';
import { makeDirectory, remove, writeAtomically } from '#system';
import { fault } from './errors.ts';
import type { Program } from './process.ts';
import { findProgram } from './programs.ts';

/** Who may talk to the archives: Vagus, the trickle of traffic, and the usual clients by their default names. */
const CALLING_AE_TITLES = ['VAGUS', 'DEMO_CT', 'ECHOSCU', 'FINDSCU', 'STORESCU', 'MOVESCU', 'GETSCU'];

/**
 * Orthanc as an archive on `port`, with an empty store of its own in `directory`. Orthanc listens on every address and
 * cannot be told not to, so it is told to know its peers by address: it accepts associations from 127.0.0.1 only.
 */
export function orthanc(options: {
  readonly name: string;
  readonly port: number;
  readonly aeTitle: string;
  readonly directory: string;
}): Result<Program, Fault> {
  const { name, port, aeTitle, directory } = options;
  const file = findProgram('Orthanc');
  if (file === undefined) {
    return err(fault('demo-program-missing', 'Orthanc is not installed (Debian: apt install orthanc)'));
  }
  const peers = CALLING_AE_TITLES.map((title) => [title, { AET: title, Host: '127.0.0.1', Port: 104 }] as const);
  const configuration = {
    Name: name,
    StorageDirectory: directory,
    IndexDirectory: directory,
    HttpServerEnabled: false,
    DicomAet: aeTitle,
    DicomPort: port,
    DicomCheckCalledAet: true,
    DicomCheckModalityHost: true,
    DicomAlwaysAllowEcho: false,
    DicomAlwaysAllowFind: false,
    DicomAlwaysAllowStore: false,
    DicomModalities: Object.fromEntries(peers),
  };
  remove(directory);
  const made = makeDirectory(directory);
  if (!made.ok) return made;
  const configurationFile = join(directory, 'orthanc.json');
  const written = writeAtomically(configurationFile, JSON.stringify(configuration, undefined, 2));
  if (!written.ok) return written;
  // Without this, every answer waits 40 ms for a delayed acknowledgement of TCP.
  return ok({ file, args: [configurationFile], environment: { TCP_NODELAY: '1' } });
}
