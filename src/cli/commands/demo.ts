import { type DemoAction, EXIT, type World } from '../world.ts';

/** `vagus demo kill ehr1`: breaks or mends something in the demonstration hospital that runs. */
export async function actOnDemo(
  world: World,
  state: string,
  action: DemoAction,
  name: string | undefined,
): Promise<number> {
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
