import type { Answer, routes } from '#api/contract';

import { call, refuse } from '../client.ts';
import { oneLine, paint, type Paint, type Row, table } from '../paint.ts';
import { findPools, poolLabel, readPool } from '../pools.ts';
import { isPlain, sentence, treatmentInWords, worstFirst } from '../steering.ts';
import { inMilliseconds } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';

type Steered = Answer<(typeof routes)['steering']>[number];
type Server = Steered['servers'][number];

/** `vagus explain SERVICE[/POOL]`: how each server is treated, and why. */
export async function explain(
  world: World,
  name: string,
  options: Target & { readonly json?: boolean },
): Promise<number> {
  const named = readPool(name);
  const { service } = named;
  const pools = await findPools(world, options, named);
  if (!pools.ok) return refuse(world, pools.error);
  const known = await call(world, options, 'steering', { params: { service } });
  if (!known.ok) return refuse(world, known.error);
  const steered = known.value.filter(({ pool }) => pools.value.includes(pool));
  if (options.json) {
    world.print(JSON.stringify(steered, undefined, 2));
    return EXIT.done;
  }
  const style = paint(world.colour);
  const texts = pools.value.map((pool) => {
    const steering = steered.find((one) => one.pool === pool);
    return steering ? poolInWords(service, steering, style) : notSteered(poolLabel(service, pool), style);
  });
  world.print(texts.join('\n\n'));
  if (steered.length === 0) world.print(HOW);
  return EXIT.done;
}

const HOW = [
  'To see what steering would do, write into the spec, at the service: steering: observe',
  'To have it done: steering: on    (http services with balance leastconn or roundrobin)',
].join('\n');

const notSteered = (label: string, style: Paint): string =>
  `${style.strong(label)} is not steered: its servers have the weights and limits of the spec`;

const HEADINGS = ['  server', 'treatment', 'weight', 'limit', 'in flight', 'answer'];

function poolInWords(service: string, { pool, mode, hindrance, rate, servers }: Steered, style: Paint): string {
  const doing = mode === 'on' ? 'steered' : 'watched, not steered (steering: observe)';
  const answers = rate === undefined ? '' : ` · ${rate < 10 ? rate.toFixed(1) : Math.round(rate)} answers a second`;
  const head = `${style.strong(poolLabel(service, pool))}  ${style.faint(`${doing}${answers}`)}`;
  const trouble = hindrance === undefined ? [] : [style.bad(oneLine(`nothing is done just now: ${hindrance}`))];
  if (servers.length === 0) return [head, ...trouble, '  nothing is known yet'].join('\n');
  const sorted = servers.map((server) => ({ ...server, mode })).toSorted(worstFirst);
  const rows = sorted.map((server) => rowOf(server, style));
  const [headings = '', ...lines] = table(style, HEADINGS, rows).split('\n');
  const explained = lines.flatMap((line, at) => {
    const server = sorted[at];
    return server ? [line, `    ${style.faint(oneLine(sentence(server)))}`] : [line];
  });
  return [head, ...trouble, headings, ...explained].join('\n');
}

function rowOf(server: Server & Pick<Steered, 'mode'>, style: Paint): Row {
  const { server: name, weight, limit, inFlight, answerTime, treatment } = server;
  const cells = [
    `  ${name}`,
    treatmentInWords(server),
    `${weight} %`,
    limit === undefined ? '' : String(limit),
    String(inFlight),
    answerTime === undefined ? '' : inMilliseconds(answerTime),
  ];
  const bad = treatment === 'out' || treatment === 'trial' || treatment === 'down';
  return { cells, style: isPlain(server) ? style.good : bad ? style.bad : style.doubtful };
}
