import { openState, prepare, renderFor } from '#apply';
import { judge, stage } from '#engines/haproxy';

import { certificate } from './certificates.ts';
import { largeSpec, SERVERS, SERVICES } from './large-spec.ts';
import { spread } from './measure.ts';
import { must } from './must.ts';
import { sized } from './report.ts';
import { output, type Rig } from './rig.ts';
import type { Suite } from './suite.ts';
import { haproxy } from './vagus.ts';

type Once = {
  readonly steps: number;
  readonly bytes: number;
  readonly workSeconds: number;
  readonly megabytes: number;
  readonly cpuSeconds: number;
};

/** How long it takes to check, plan and render the largest site, from the start of a fresh process (as bin/vagus starts it) to its end. */
export const compileSuite: Suite = {
  name: 'compile',
  rounds: 7,
  async measure(rig, { rounds, say }) {
    const spec = rig.write('large.yaml', largeSpec(await certificate(rig, 'ecdsa')));
    const askHaproxy = await judgeOf(rig, spec);
    const taken: (Once & { readonly seconds: number; readonly haproxySeconds: number })[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const ours = await timed(() =>
        output([
          process.execPath,
          '--max-semi-space-size=32',
          `${import.meta.dirname}/compile-once.ts`,
          spec,
          rig.path(''),
        ]),
      );
      const theirs = await timed(askHaproxy);
      taken.push({ ...(JSON.parse(ours.value) as Once), seconds: ours.seconds, haproxySeconds: theirs.seconds });
      say(`round ${round} of ${rounds}`);
    }
    const what = `${SERVICES} services, ${SERVICES * SERVERS} servers`;
    const median = (pick: (one: (typeof taken)[number]) => number): string => sized(spread(taken.map(pick)).median);
    return {
      figures: [
        {
          name: `${what}: check, plan and render`,
          spread: spread(taken.map(({ seconds }) => seconds)),
          unit: 's',
          target: { below: 2 },
          note: `${median(({ workSeconds }) => workSeconds)} s without the start of Node; ${median(({ cpuSeconds }) => cpuSeconds)} s of processor time`,
        },
        {
          name: `${what}: most memory (RSS)`,
          spread: spread(taken.map(({ megabytes }) => megabytes)),
          unit: 'MB',
          target: { below: 500 },
          note: `for ${median(({ bytes }) => bytes / 1e6)} MB of haproxy.cfg`,
        },
        {
          name: `${what}: check, plan and render ÷ HAProxy’s own check (haproxy -c)`,
          spread: spread(taken.map(({ seconds, haproxySeconds }) => seconds / haproxySeconds)),
          note: `${median(({ seconds }) => seconds)} s ÷ ${median(({ haproxySeconds }) => haproxySeconds)} s`,
        },
      ],
      samples: { compile: new Map([['large', taken]]) },
    };
  },
};

/** HAProxy’s judgement of the rendered files, as `vagus check` asks for it. */
async function judgeOf(rig: Rig, spec: string): Promise<() => Promise<void>> {
  const state = must(openState(rig.path('state')));
  const { desired, problems } = must(prepare(spec));
  if (desired === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
  const rendered = renderFor(state, desired);
  const staged = must(stage(state.haproxy, rendered));
  const version = await haproxy();
  return async () => {
    const complaints = must(await judge(version, staged, rendered));
    const errors = complaints.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  };
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seconds: number }> {
  const begin = performance.now();
  const value = await work();
  return { value, seconds: (performance.now() - begin) / 1_000 };
}
