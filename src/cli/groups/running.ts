import { Argument, Option } from 'commander';

import { actOnDemo } from '../commands/demo.ts';
import { capacity } from '../commands/capacity.ts';
import { explain } from '../commands/explain.ts';
import { status, type StatusOptions } from '../commands/status.ts';
import { command, reaching, type Shell, stateOption } from '../shell.ts';
import { type AgentOptions, DEMO_ACTIONS, demoStateDirectory, type DemoAction, type Target } from '../world.ts';

type RunWords = {
  readonly state: string;
  readonly leaveRunning?: boolean;
  readonly api: string;
  readonly watch?: boolean;
};

/** What runs, and how it is. */
export function addRunningCommands({ world, program, ends }: Shell): void {
  command(
    program,
    'demo',
    'A demonstration hospital on this machine, with Vagus in front of it; runs until Ctrl-C.',
    'vagus demo',
    'vagus demo kill pacs1     (in another terminal)',
    'vagus demo heal',
  )
    .usage('[options] [kill|hang|slow|heal] [server]')
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

  command(
    program,
    'run',
    'The controller, in the foreground: applies a spec and watches over HAProxy. SIGHUP applies the edited file.',
    'vagus run hospital.yaml',
    'vagus run hospital.yaml --watch --api 10.0.0.5:9443',
  )
    .argument('<file>', 'the spec')
    .addOption(stateOption(world))
    .option('--api <address>', 'where the API is served over HTTPS; off: on the unix socket alone', '127.0.0.1:9443')
    .option('--watch', 'apply the file whenever it changes')
    .option('--leave-running', 'on SIGTERM or Ctrl-C, end the controller and leave the traffic running')
    .action((file: string, { state, api, watch = false, leaveRunning = false }: RunWords) =>
      ends(world.run({ file, stateDirectory: state, leaveRunning, watch, api: api === 'off' ? undefined : api })),
    );

  command(
    program,
    'agent',
    'On a server: tells load balancers how busy it is, in the words of HAProxy’s agent-check and as Prometheus metrics.',
    'vagus agent',
    'vagus agent --port 3333 --metrics-port off',
  )
    .option('--port <port>', 'where it says what share of its weight it asks for; off: nowhere', '3333')
    .option('--metrics-port <port>', 'where its metrics are, under the names of node_exporter; off: nowhere', '9100')
    .option('--listen <address>', 'the address to listen on', '::')
    .action((options: AgentOptions) => ends(world.agent(options)));

  reaching(
    world,
    command(
      program,
      'status',
      'Services and servers: state, why, since when, and what is on them.',
      'vagus status',
      'vagus status --url https://vagus.hospital.example:9443 --ca ca.pem',
    ),
  )
    .option('--json', 'for programs')
    .action((options: StatusOptions) => ends(status(world, options)));

  reaching(
    world,
    command(
      program,
      'explain',
      'How each server of a service is steered, and why: what it is given, how long it takes, what speaks against it.',
      'vagus explain portal',
      'vagus explain portal/reports --json',
    ),
  )
    .argument('<service>', 'SERVICE, or SERVICE/POOL')
    .option('--json', 'for programs')
    .action((name: string, options: Target & { json?: boolean }) => ends(explain(world, name, options)));

  reaching(
    world,
    command(
      program,
      'capacity',
      'How many servers a service can lose: now, and at the week’s peak.',
      'vagus capacity portal',
    ),
  )
    .argument('<service>', 'SERVICE, or SERVICE/POOL')
    .option('--json', 'for programs')
    .action((name: string, options: Target & { json?: boolean }) => ends(capacity(world, name, options)));
}
