import { baseline } from './baselines.ts';
import { certificate } from './certificates.ts';
import { cpuSeconds, type Share, shareProcessors } from './cpus.ts';
import { alternate, type Contender, type Sample } from './measure.ts';
import { compared } from './report.ts';
import { output, pinned, type Rig } from './rig.ts';
import type { Suite } from './suite.ts';
import { serveSpec } from './vagus.ts';

const BOTH = 'ECDSA P-256 beside RSA-2048';
const RSA = 'RSA-2048 alone';

/** How long a round lasts. */
const SECONDS = 2;

/** Full TLS handshakes: what is gained by giving a service an ECDSA certificate beside its RSA one. */
export const handshakesSuite: Suite = {
  name: 'handshakes',
  rounds: 9,
  async measure(rig, { rounds, say }) {
    const processors = shareProcessors();
    const { pid, ports } = await startServices(rig, processors);
    for (const [name, port] of ports) say(`${name}: clients get ${(await negotiated(port)).join('; ')}`);
    const contenders = [...ports].map(([name, port]): Contender => ({
      name,
      async round(): Promise<Sample> {
        const before = cpuSeconds(pid);
        const count = await handshakes(port, processors.others);
        return { perSecond: count / SECONDS, perCpuSecond: count / (cpuSeconds(pid) - before) };
      },
    }));
    const samples = await alternate(contenders, rounds, say);
    const what = 'full TLS handshakes';
    return {
      figures: [compared(what, samples, BOTH, RSA, 'perCpuSecond'), compared(what, samples, BOTH, RSA, 'perSecond')],
      samples: { handshakes: samples },
    };
  },
};

async function startServices(
  rig: Rig,
  processors: Share,
): Promise<{ pid: number; ports: ReadonlyMap<string, number> }> {
  const [server1, server2, both, rsa] = [await rig.port(), await rig.port(), await rig.port(), await rig.port()];
  const servers = baseline(rig, 'servers.nginx.conf', { directory: rig.path(''), server1, server2 });
  await rig.serve(pinned(processors.others, 'nginx', '-c', servers, '-e', 'stderr'), [server1, server2]);
  const [ecdsaFile, rsaFile] = [await certificate(rig, 'ecdsa'), await certificate(rig, 'rsa')];
  const spec = `
version: 1
site: bench
certificates:
  both: { file: [${ecdsaFile}, ${rsaFile}] }
  rsa: { file: ${rsaFile} }
services:
  both:
    preset: fhir
    listen: 127.0.0.1:${both}
    tls: { certificate: both }
    check: { type: http, path: / }
    servers: &servers { one: 127.0.0.1:${server1}, two: 127.0.0.1:${server2} }
  rsa:
    preset: fhir
    listen: 127.0.0.1:${rsa}
    tls: { certificate: rsa }
    check: { type: http, path: / }
    servers: *servers
`;
  return {
    pid: await serveSpec(rig, processors.proxy, spec),
    ports: new Map([
      [BOTH, both],
      [RSA, rsa],
    ]),
  };
}

async function handshakes(port: number, processors: string): Promise<number> {
  const client = [process.execPath, `${import.meta.dirname}/handshake-client.ts`, String(port), String(SECONDS)];
  return Number(await output(pinned(processors, ...client)));
}

/**
 * What clients get that name the host. Those of 1.3 alone are told apart: older HAProxy looks for ECDSA among the cipher suites, where
 * 1.3 does not name it.
 */
const CLIENTS = { 'TLS 1.2 and 1.3': '', 'TLS 1.3 alone': '-tls1_3', 'TLS 1.2 alone': '-tls1_2' } as const;

const negotiated = (port: number): Promise<readonly string[]> =>
  Promise.all(
    Object.entries(CLIENTS).map(async ([client, option]) => {
      const command = `openssl s_client -brief ${option} -servername localhost -connect 127.0.0.1:${port}`;
      const text = await output(['sh', '-c', `${command} </dev/null 2>&1`]);
      const said = (what: string): string => new RegExp(`^${what}: (.*)$`, 'm').exec(text)?.[1] ?? 'unknown';
      return `${client}: ${said('Ciphersuite')} signed with ${said('Signature type')}`;
    }),
  );
