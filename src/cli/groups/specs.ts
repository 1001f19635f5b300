import { jsonSchema } from '#spec';

import { check } from '../commands/check.ts';
import { plan, type PlanOptions } from '../commands/plan.ts';
import { listPresets, showPreset } from '../commands/presets.ts';
import { DEFAULT_TIMEOUT, probe, type ProbeOptions } from '../commands/probe.ts';
import { simulate, type SimulateOptions } from '../commands/simulate.ts';
import { command, duration, list, number, positive, reaching, type Shell } from '../shell.ts';

/** What can be known of a spec, and of a server, before anything is changed. */
export function addSpecCommands({ world, program, ends }: Shell): void {
  command(
    program,
    'check',
    'Validates a spec: every problem, each at its line and column.',
    'vagus check hospital.yaml',
  )
    .argument('<file>', 'the spec')
    .option('--json', 'for programs')
    .action((file: string, options: { json?: boolean }) => ends(check(world, file, options)));

  reaching(
    world,
    command(
      program,
      'plan',
      'What applying a spec would change, how each of it is done, and whether HAProxy would take it. Changes nothing.',
      'vagus plan hospital.yaml',
      'vagus plan hospital.yaml --artifact haproxy.cfg',
    ),
  )
    .argument('<file>', 'the spec')
    .option('--artifact <name>', 'print one of the files HAProxy would get')
    .option('--json', 'for programs')
    .action((file: string, options: PlanOptions) => ends(plan(world, file, options)));

  reaching(
    world,
    command(
      program,
      'simulate',
      'What a model expects of an http pool: as it is, and with servers missing or more load. Changes nothing.',
      'vagus simulate hospital.yaml --service portal --fail ehr2 --load 1.3',
      'vagus simulate hospital.yaml --service portal --rate 40 --response-time 50ms --concurrency 4',
    ),
  )
    .argument('<file>', 'the spec')
    .requiredOption('--service <name>', 'SERVICE, or SERVICE/POOL')
    .option('--fail <servers>', 'servers that end, with commas between them', list, [])
    .option('--load <factor>', 'so many times the requests', number, 1)
    .option('--rate <number>', 'requests in a second, instead of what the controller sees', number)
    .option('--response-time <duration>', 'for an answer of a server that has little to do', duration)
    .option('--concurrency <number>', 'requests that a server works on at once', positive)
    .option('--seed <number>', 'the same seed, the same answer', positive, 1)
    .option('--json', 'for programs')
    .action((file: string, options: SimulateOptions) => ends(simulate(world, file, options)));

  command(
    program,
    'probe',
    'One check as a client would do it, with timing and a plain verdict.',
    'vagus probe "dicom://ARCHIVE@10.0.2.11:104?calling=VAGUS"',
    'vagus probe mllp://10.0.3.11:2575',
    'vagus probe fhir+https://10.0.1.21/metadata --ca ca.pem',
  )
    .argument('<url>', 'dicom[s]://, mllp[s]://, fhir+http[s]://, http[s]://, tcp:// or tls://')
    .option('--timeout <duration>', 'for the whole check', DEFAULT_TIMEOUT)
    .option('--ca <file>', 'the CA that the server must chain to')
    .option('--certificate <file>', 'the certificate and key to show to the server')
    .option('--insecure', 'accept any certificate')
    .option('--json', 'for programs')
    .action((url: string, options: ProbeOptions) => ends(probe(world, url, options)));

  const presets = command(
    program,
    'presets',
    'The presets for healthcare systems.',
    'vagus presets',
    'vagus presets show dicom',
  )
    .option('--json', 'for programs')
    .action((options: { json?: boolean }) => ends(listPresets(world, options)));
  command(presets, 'show', 'One preset, with the reason for each of its values.', 'vagus presets show dicom')
    .argument('<name>', 'the preset')
    .option('--json', 'for programs')
    .action((name: string, options: { json?: boolean }) =>
      ends(showPreset(world, name, { ...presets.opts(), ...options })),
    );

  command(
    program,
    'schema',
    'The JSON Schema of the spec language, for editors.',
    'vagus schema > vagus.schema.json',
  ).action(() => world.print(JSON.stringify(jsonSchema(), undefined, 2)));
}
