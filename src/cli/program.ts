import { Argument, Command, CommanderError, Option } from 'commander';

import { jsonSchema } from '#spec';

import { check } from './commands/check.ts';
import { plan, type PlanOptions } from './commands/plan.ts';
import { listPresets, showPreset } from './commands/presets.ts';
import { DEFAULT_TIMEOUT, probe, type ProbeOptions } from './commands/probe.ts';
import { server, SERVER_ACTIONS, type ServerAction, type ServerOptions } from './commands/server.ts';
import { status } from './commands/status.ts';
import { DEMO_ACTIONS, demoStateDirectory, type DemoAction, EXIT, type World } from './world.ts';

/** Runs one command line (without the program's own name). Returns the exit code; prints through the world alone. */
export async function main(world: World, argv: readonly string[], version: string): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = new Command('vagus')
    .description(
      'An application delivery controller for hospitals: keeps the record, the images and the messages reachable.',
    )
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => world.print(text.trimEnd()),
      writeErr: (text) => world.complain(text.trimEnd()),
    })
    .showHelpAfterError('(vagus --help, or vagus COMMAND --help, says more)');
  const ends = (code: number | Promise<number>) => Promise.resolve(code).then((known) => void (exitCode = known));
  const stateOption = () =>
    new Option('--state <dir>', 'the state directory').default(
      world.stateDirectory,
      `${world.stateDirectory}, or $VAGUS_STATE`,
    );
  const command = (name: string, description: string, ...examples: readonly string[]) =>
    program
      .command(name)
      .description(description)
      .addHelpText(
        'after',
        `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((text) => `  ${text}`).join('\n')}`,
      );

  const demo = command(
    'demo',
    'A demonstration hospital on this machine, with Vagus in front of it; runs until Ctrl-C.',
    'vagus demo',
    'vagus demo kill pacs1     (in another terminal)',
    'vagus demo heal',
  )
    .option('--orthanc', 'real Orthanc servers as archives')
    .addOption(new Option('--state <dir>', 'the state directory').default(demoStateDirectory(world.stateDirectory)))
    .addArgument(
      new Argument('[action]', 'what to do to a server of the demonstration that runs').choices(DEMO_ACTIONS),
    )
    .argument('[server]', 'the server, e.g. ehr1; heal without one heals all')
    .action(
      (action: DemoAction | undefined, name: string | undefined, options: { state: string; orthanc?: boolean }) => {
        if (action !== undefined) return ends(actOnDemo(world, options.state, action, name));
        return ends(world.demo({ stateDirectory: options.state, orthanc: options.orthanc ?? false }));
      },
    );
  demo.usage('[options] [kill|hang|slow|heal] [server]');

  command('check', 'Validates a spec: every problem, each at its line and column.', 'vagus check hospital.yaml')
    .argument('<file>', 'the spec')
    .option('--json', 'for programs')
    .action((file: string, options: { json?: boolean }) => ends(check(world, file, options)));

  command(
    'plan',
    'What applying a spec would change, and whether HAProxy would take it. Changes nothing.',
    'vagus plan hospital.yaml',
    'vagus plan hospital.yaml --artifact haproxy.cfg',
  )
    .argument('<file>', 'the spec')
    .addOption(stateOption())
    .option('--artifact <name>', 'print one of the files HAProxy would get')
    .option('--json', 'for programs')
    .action((file: string, options: PlanOptions) => ends(plan(world, file, options)));

  command(
    'run',
    'The controller, in the foreground: applies a spec and watches over HAProxy. SIGHUP applies the edited file.',
    'vagus run hospital.yaml',
  )
    .argument('<file>', 'the spec')
    .addOption(stateOption())
    .option('--leave-running', 'on SIGTERM or Ctrl-C, end the controller and leave the traffic running')
    .action((file: string, options: { state: string; leaveRunning?: boolean }) =>
      ends(world.run({ file, stateDirectory: options.state, leaveRunning: options.leaveRunning ?? false })),
    );

  command('status', 'Services and servers: state, why, since when, and what is on them.', 'vagus status')
    .addOption(stateOption())
    .option('--json', 'for programs')
    .action((options: { state: string; json?: boolean }) => ends(status(world, options)));

  command(
    'server',
    'Takes a server out of work and back, without a reload.',
    'vagus server drain pacs/pacs1 --wait --reason "patching"',
    'vagus server ready pacs/pacs1',
  )
    .addArgument(new Argument('<action>', 'drain, ready or maint').choices(SERVER_ACTIONS))
    .argument('<server>', 'SERVICE/SERVER, or SERVICE/POOL/SERVER')
    .addOption(stateOption())
    .option('--all-services', 'the same host in every service')
    .option('--wait', 'return when nothing is left on it')
    .option('--reason <text>', 'why, for whoever reads the output')
    .action((action: ServerAction, name: string, options: ServerOptions) => ends(server(world, action, name, options)));

  command(
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

  const presets = command('presets', 'The presets for healthcare systems.', 'vagus presets', 'vagus presets show dicom')
    .option('--json', 'for programs')
    .action((options: { json?: boolean }) => ends(listPresets(world, options)));
  presets
    .command('show')
    .description('One preset, with the reason for each of its values.')
    .argument('<name>', 'the preset')
    .option('--json', 'for programs')
    .action((name: string, options: { json?: boolean }) =>
      ends(showPreset(world, name, { ...presets.opts(), ...options })),
    );

  command('schema', 'The JSON Schema of the spec language, for editors.', 'vagus schema > vagus.schema.json').action(
    () => {
      world.print(JSON.stringify(jsonSchema(), undefined, 2));
    },
  );

  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    throw thrown;
  }
}

async function actOnDemo(world: World, state: string, action: DemoAction, name: string | undefined): Promise<number> {
  if (name === undefined && action !== 'heal') {
    world.complain(`say which server to ${action}, e.g. vagus demo ${action} ehr1`);
    return EXIT.usage;
  }
  const done = await world.actOnDemo(state, action, name);
  if (done.ok) world.print(done.value);
  else world.complain(done.error.message);
  if (done.ok) return EXIT.done;
  return done.error.kind.blame === 'client' ? EXIT.wrong : EXIT.unreachable;
}
