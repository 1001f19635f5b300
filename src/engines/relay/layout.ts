import { join } from 'node:path';

/** Where the relay's things lie in the state directory. */
export type RelayLayout = {
  /** Holds all the others, and the sockets between HAProxy and the relay: `intakeSocketName`. */
  readonly directory: string;
  /** What the relay is told. */
  readonly configuration: string;
  /** Certificates, keys and CAs for servers, each under the digest of its content: one that is there never changes. */
  readonly tls: string;
  readonly control: string;
  /** The messages that are stored. */
  readonly journal: string;
  readonly log: string;
};

export function relayLayoutOf(stateDirectory: string): RelayLayout {
  const directory = join(stateDirectory, 'relay');
  return {
    directory,
    configuration: join(directory, 'relay.json'),
    tls: join(directory, 'tls'),
    control: join(directory, 'control.sock'),
    journal: join(directory, 'queue.db'),
    log: join(directory, 'relay.log'),
  };
}
