import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { run } from '#system';

export type Namespace = {
  /** The command line under which programs run inside. */
  readonly within: readonly string[];
  /** Drops every packet to and from a TCP port: nobody is told. */
  blackHole(port: number): Promise<void>;
  end(): void;
};

const RULES = (port: number): string => `
table inet hole {
  chain input {
    type filter hook input priority 0
    tcp dport ${port} drop
    tcp sport ${port} drop
  }
}
`;

/** A network of its own, with nothing but loopback; it is gone when we are. Takes root. */
export async function networkNamespace(): Promise<Namespace> {
  const keeper = spawn('unshare', ['-n', 'sh', '-c', 'ip link set lo up && echo ready && exec cat'], { stdio: 'pipe' });
  await once(keeper.stdout, 'data');
  const within = ['nsenter', `--net=/proc/${keeper.pid}/ns/net`, '--'];
  return {
    within,
    async blackHole(port) {
      const ran = await run('nsenter', [...within.slice(1), 'nft', '-f', '-'], { input: RULES(port) });
      if (!ran.ok || ran.value.exitCode !== 0) throw new Error(ran.ok ? ran.value.stderr : ran.error.message);
    },
    end: () => keeper.stdin.end(),
  };
}
