import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

import { baseline } from './baselines.ts';
import { cpuSeconds, type Share, shareProcessors } from './cpus.ts';
import { alternate, type Contender, type Sample, type Samples } from './measure.ts';
import { compared, type Figure } from './report.ts';
import { output, pinned, type Rig } from './rig.ts';
import type { Suite } from './suite.ts';
import { haproxy, serveSpec } from './vagus.ts';

const VAGUS = 'Vagus';
const HAND_TUNED = 'hand-tuned HAProxy';
/** A second process with the same configuration: what two equals differ by on this machine. */
const TWIN = 'the same again';
const DIRECT = 'direct';

/** What one round stores, in one association: a series of CT images of 512 × 512 pixels, 16 bits each. */
const IMAGES = 200;
const IMAGE_BYTES = 512 * 512 * 2;

/** dcmtk leaves Nagle's algorithm on unless told, and every C-STORE then waits 40 ms for a delayed acknowledgement. */
const NO_DELAY = ['env', 'TCP_NODELAY=1'];

/** DICOM stores by dcmtk through Vagus, through a hand-written configuration, and without anything between. */
export const dicomSuite: Suite = {
  name: 'dicom',
  rounds: 15,
  async measure(rig, { rounds, say }) {
    const processors = shareProcessors();
    const image = await makeImage(rig);
    const contenders = (await startArchives(rig, processors)).map(({ name, port, pid }): Contender => ({
      name,
      async round(): Promise<Sample> {
        const [cpu, begin] = [pid && cpuSeconds(pid), performance.now()];
        const store = ['storescu', '--repeat', String(IMAGES), '--invent-instance', '127.0.0.1', String(port), image];
        await output(pinned(processors.others, ...NO_DELAY, ...store));
        const perSecond = IMAGES / ((performance.now() - begin) / 1_000);
        return pid === undefined || cpu === undefined
          ? { perSecond }
          : { perSecond, perCpuSecond: IMAGES / (cpuSeconds(pid) - cpu) };
      },
    }));
    const samples = await alternate(contenders, rounds, say);
    return { figures: figures(samples), samples: { store: samples } };
  },
};

/** A file to send; storescu gives each copy a SOP instance UID of its own. */
async function makeImage(rig: Rig): Promise<string> {
  const pixels = rig.path('pixels.raw');
  writeFileSync(pixels, randomBytes(IMAGE_BYTES));
  const image = rig.path('image.dcm');
  await output(['dump2dcm', '--write-xfer-little', baseline(rig, 'series.dump', { pixels }), image]);
  return image;
}

type Entrance = { readonly name: string; readonly port: number; readonly pid: number | undefined };

async function startArchives(rig: Rig, processors: Share): Promise<readonly Entrance[]> {
  const [server1, server2] = [await rig.port(), await rig.port()];
  for (const port of [server1, server2]) {
    await rig.serve(pinned(processors.others, ...NO_DELAY, 'storescp', '--ignore', '--fork', String(port)), [port]);
  }
  const { program } = await haproxy();
  const handTuned = async (name: string): Promise<Entrance> => {
    const listen = await rig.port();
    const configuration = baseline(rig, 'dicom.haproxy.cfg', { listen, server1, server2 });
    return {
      name,
      port: listen,
      pid: await rig.serve(pinned(processors.proxy, program, '-W', '-f', configuration), [listen]),
    };
  };
  const port = await rig.port();
  const spec = `
version: 1
site: bench
services:
  archive:
    preset: dicom
    listen: 127.0.0.1:${port}
    servers: { one: 127.0.0.1:${server1}, two: 127.0.0.1:${server2} }
`;
  return [
    { name: VAGUS, port, pid: await serveSpec(rig, processors.proxy, spec) },
    await handTuned(HAND_TUNED),
    await handTuned(TWIN),
    { name: DIRECT, port: server1, pid: undefined },
  ];
}

function figures(samples: Samples): readonly Figure[] {
  const what = 'DICOM: images stored';
  return [
    compared(what, samples, VAGUS, HAND_TUNED, 'perCpuSecond', 0.97),
    compared(what, samples, HAND_TUNED, TWIN, 'perCpuSecond'),
    compared(what, samples, VAGUS, HAND_TUNED, 'perSecond', 0.97),
    compared(what, samples, VAGUS, DIRECT, 'perSecond'),
  ];
}
