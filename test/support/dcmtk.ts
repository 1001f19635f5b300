import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SyntheticInstance, syntheticStudy } from '#demo';
import { UID } from '#protocols';

import { type Program, startProgram, temporaryDirectory } from './programs.ts';
import { freePort } from './stand-ins.ts';
import { waitFor } from './wait.ts';

/** Without it, each message waits 40 ms for a delayed acknowledgement of TCP. */
const environment = { TCP_NODELAY: '1' };

export type Ran = { readonly exitCode: number; readonly output: string };

/** Starts one of dcmtk's clients. */
export const startDcmtk = (
  client: 'echoscu' | 'storescu' | 'findscu' | 'movescu',
  port: number,
  args: readonly string[],
): Program => startProgram(client, [...args, '127.0.0.1', String(port)], { environment });

/** Runs `echoscu`, `findscu` or `movescu` to its end. */
export const dcmtk = (client: 'echoscu' | 'findscu' | 'movescu', port: number, args: readonly string[]): Promise<Ran> =>
  ran(startDcmtk(client, port, args));

/** Sends every file of a directory over one association. */
export const storescu = (port: number, directory: string, args: readonly string[] = []): Promise<Ran> =>
  ran(startStorescu(port, directory, args));

export const startStorescu = (port: number, directory: string, args: readonly string[] = []): Program =>
  startProgram('storescu', [...args, '+sd', '127.0.0.1', String(port), directory], { environment });

async function ran(program: Program): Promise<Ran> {
  const exitCode = await program.ended();
  return { exitCode, output: program.output() };
}

export type Storescp = Program & {
  readonly port: number;
  /** How many instances lie in its directory. */
  received(): number;
};

/** A receiver that takes one association at a time, as many modalities do; with `--fork`, any number. */
export async function startStorescp(aeTitle: string, args: readonly string[] = [], port?: number): Promise<Storescp> {
  const wanted = port ?? (await freePort());
  const directory = temporaryDirectory('storescp');
  const program = startProgram('storescp', ['-v', '-aet', aeTitle, '-od', directory, ...args, String(wanted)], {
    environment,
  });
  // Asking by connecting would be an association to a receiver that takes one at a time.
  await waitFor(`storescp listens on ${wanted}`, () => {
    if (!program.running()) throw new Error(`storescp ended: ${program.output()}`);
    return listens(wanted);
  });
  return { ...program, port: wanted, received: () => readdirSync(directory).length };
}

/** True where an IPv4 socket of this machine listens on a port (`/proc/net/tcp`: the state LISTEN is 0A). */
function listens(port: number): boolean {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((row) => row.trim().split(/\s+/));
  return rows.some(([, local, , state]) => local?.endsWith(end) === true && state === '0A');
}

/** Writes the images of one new series as files, and returns their directory. */
export function writeSeries(count: number, pixelBytes?: number): string {
  const directory = temporaryDirectory('series');
  for (const [index, instance] of syntheticStudy(count, pixelBytes).entries()) {
    writeFileSync(join(directory, `${String(index + 1).padStart(4, '0')}.dcm`), part10(instance));
  }
  return directory;
}

const SECONDARY_CAPTURE = '1.2.840.10008.5.1.4.1.1.7';

// Tag, VR and length of (0002,0000), and the whole of (0002,0001).
const META_LENGTH = Buffer.from('02000000554c0400', 'hex');
const META_VERSION = Buffer.from('020001004f420000020000000001', 'hex');

/** A file with its meta information (PS3.10 §7.1), which is in explicit VR little endian whatever the data set is in. */
function part10({ uid, dataSet }: SyntheticInstance): Buffer {
  const meta = Buffer.concat([
    META_VERSION,
    metaUid(0x0002, SECONDARY_CAPTURE),
    metaUid(0x0003, uid),
    metaUid(0x0010, UID.implicitVrLittleEndian),
    metaUid(0x0012, '2.25.1'),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), META_LENGTH, length, meta, dataSet]);
}

function metaUid(element: number, value: string): Buffer {
  const bytes = Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');
  const header = Buffer.from('0200000055490000', 'hex');
  header.writeUInt16LE(element, 2);
  header.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([header, bytes]);
}
