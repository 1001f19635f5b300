import { baseline } from './baselines.ts';
import { certificate } from './certificates.ts';
import { cpuSeconds, shareProcessors } from './cpus.ts';
import { alternate, type Contender, type Samples } from './measure.ts';
import { compared, type Figure } from './report.ts';
import { pinned, type Rig } from './rig.ts';
import type { Suite } from './suite.ts';
import { haproxy, serveSpec } from './vagus.ts';
import { requests } from './wrk.ts';

/** A proxy that serves on both ports, by the pid of its first process. */
type Proxy = { readonly name: string; readonly pid: number; readonly plain: number; readonly tls: number };

const VAGUS = 'Vagus';
const HAND_TUNED = 'hand-tuned HAProxy';
/** A second process with the same configuration: what two equals differ by on this machine. */
const TWIN = 'the same again';
const NGINX = 'nginx';
const NODE = 'Node proxy';

/** How long a round lasts. Many short rounds side by side tell more than few long ones, on a machine that others use too. */
const SECONDS = 1;

/** Proxied requests: what Vagus renders beside what others would have written. */
export const httpSuite: Suite = {
  name: 'http',
  rounds: 15,
  async measure(rig, { rounds, say }) {
    const processors = shareProcessors();
    const proxies = await startProxies(rig, processors);
    const contenders = (scheme: 'http' | 'https'): readonly Contender[] =>
      proxies.map(({ name, pid, plain, tls }) => ({
        name,
        async round() {
          const url = `${scheme}://127.0.0.1:${scheme === 'http' ? plain : tls}/`;
          const before = cpuSeconds(pid);
          const done = await requests(url, SECONDS, processors.others);
          return { perSecond: done.count / done.seconds, perCpuSecond: done.count / (cpuSeconds(pid) - before) };
        },
      }));
    const plain = await alternate(contenders('http'), rounds, (text) => say(`plain, ${text}`));
    const tls = await alternate(contenders('https'), rounds, (text) => say(`TLS, ${text}`));
    return {
      figures: [...figures('HTTP: requests', plain), ...figures('HTTPS: requests', tls)],
      samples: { plain, tls },
    };
  },
};

async function startProxies(rig: Rig, processors: { proxy: string; others: string }): Promise<readonly Proxy[]> {
  const [server1, server2] = [await rig.port(), await rig.port()];
  const pem = await certificate(rig, 'ecdsa');
  const values = { directory: rig.path(''), certificate: pem, server1, server2 };
  const servers = baseline(rig, 'servers.nginx.conf', values);
  await rig.serve(pinned(processors.others, 'nginx', '-c', servers, '-e', 'stderr'), [server1, server2]);

  const entrance = async () => ({ plain: await rig.port(), tls: await rig.port() });
  const started = async (name: string, argv: (ports: Entrance) => readonly string[]): Promise<Proxy> => {
    const ports = await entrance();
    const pid = await rig.serve(pinned(processors.proxy, ...argv(ports)), [ports.plain, ports.tls]);
    return { name, pid, ...ports };
  };
  const { program } = await haproxy();
  const handTuned = (ports: Entrance): readonly string[] => [
    program,
    '-W',
    '-f',
    baseline(rig, 'http.haproxy.cfg', { ...values, ...ports }),
  ];
  const nodeProxy = ({ plain, tls }: Entrance): readonly string[] => {
    const options = { plain, tls, certificate: pem, server1, server2 };
    const script = `${import.meta.dirname}/baselines/proxy.ts`;
    return [process.execPath, script, ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)];
  };
  const ours = await entrance();
  return [
    { name: VAGUS, pid: await serveSpec(rig, processors.proxy, specOf(ours, pem, [server1, server2])), ...ours },
    await started(HAND_TUNED, handTuned),
    await started(TWIN, handTuned),
    await started(NGINX, (ports) => [
      'nginx',
      '-c',
      baseline(rig, 'nginx.conf', { ...values, ...ports }),
      '-e',
      'stderr',
    ]),
    await started(NODE, nodeProxy),
  ];
}

type Entrance = { readonly plain: number; readonly tls: number };

const specOf = ({ plain, tls }: Entrance, pem: string, servers: readonly [number, number]): string => `
version: 1
site: bench
certificates: { bench: { file: ${pem} } }
services:
  plain:
    preset: http
    listen: 127.0.0.1:${plain}
    servers: &servers { one: 127.0.0.1:${servers[0]}, two: 127.0.0.1:${servers[1]} }
  tls:
    preset: http
    listen: 127.0.0.1:${tls}
    tls: { certificate: bench }
    servers: *servers
`;

function figures(what: string, samples: Samples): readonly Figure[] {
  return [
    compared(what, samples, VAGUS, HAND_TUNED, 'perCpuSecond', 0.97),
    compared(what, samples, HAND_TUNED, TWIN, 'perCpuSecond'),
    compared(what, samples, VAGUS, NGINX, 'perCpuSecond'),
    compared(what, samples, VAGUS, NODE, 'perCpuSecond'),
    compared(what, samples, VAGUS, HAND_TUNED, 'perSecond'),
  ];
}
