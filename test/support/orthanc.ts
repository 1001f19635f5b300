import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpClient } from '#demo';

import { type Program, startProgram, temporaryDirectory } from './programs.ts';
import { freePorts, isListening } from './stand-ins.ts';
import { waitFor } from './wait.ts';

export type Orthanc = Program & {
  /** DICOM. */
  readonly port: number;
  /** How many instances it has stored. */
  instances(): Promise<number>;
};

/**
 * A real archive with an empty store of its own. It answers only to its AE title, and only to peers it knows: `peers` by
 * AE title, each with the port on which it would be called back.
 */
export async function startOrthanc(options: {
  readonly name: string;
  readonly aeTitle: string;
  readonly peers: Readonly<Record<string, number>>;
  /** Peers that may echo and store, and not search. */
  readonly maySearch?: boolean;
  readonly port?: number;
}): Promise<Orthanc> {
  const { name, aeTitle, peers, maySearch = true } = options;
  const [free, http] = (await freePorts(2)) as [number, number];
  const port = options.port ?? free;
  const directory = temporaryDirectory(name);
  const configuration = {
    Name: name,
    StorageDirectory: directory,
    IndexDirectory: directory,
    HttpPort: http,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: false,
    DicomAet: aeTitle,
    DicomPort: port,
    DicomCheckCalledAet: true,
    DicomAlwaysAllowEcho: false,
    DicomAlwaysAllowFind: false,
    DicomAlwaysAllowStore: false,
    DicomModalities: Object.fromEntries(
      Object.entries(peers).map(([title, back]) => [
        title.toLowerCase(),
        { AET: title, Host: '127.0.0.1', Port: back, AllowFind: maySearch },
      ]),
    ),
  };
  const file = join(directory, 'orthanc.json');
  writeFileSync(file, JSON.stringify(configuration, undefined, 2));
  // Without TCP_NODELAY every answer waits 40 ms for a delayed acknowledgement of TCP.
  const program = startProgram('Orthanc', ['--verbose', file], { environment: { TCP_NODELAY: '1' } });
  await waitFor(
    `${name} listens`,
    async () => {
      if (!program.running()) throw new Error(`${name} ended: ${program.output()}`);
      return (await isListening(port)) && isListening(http);
    },
    30_000,
  );
  const client = httpClient({ url: `http://127.0.0.1:${http}`, keepAlive: false });
  return {
    ...program,
    port,
    async instances() {
      const answer = await client.request('/statistics');
      if (!answer.ok) throw new Error(`${name} does not say how many instances it has: ${answer.error}`);
      return (JSON.parse(answer.value.body) as { CountInstances: number }).CountInstances;
    },
  };
}
