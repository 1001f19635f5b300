import type { Answer, routes } from '#api/contract';

import { call, refuse } from '../client.ts';
import { oneLine, paint, type Paint } from '../paint.ts';
import { findPools, readPool } from '../pools.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';

type Capacity = Answer<(typeof routes)['capacity']>[number];

/** `vagus capacity SERVICE[/POOL]`: how many servers each pool can lose, now and at the week's peak. */
export async function capacity(
  world: World,
  name: string,
  options: Target & { readonly json?: boolean },
): Promise<number> {
  const named = readPool(name);
  const pools = await findPools(world, options, named);
  if (!pools.ok) return refuse(world, pools.error);
  const known = await call(world, options, 'capacity', { params: { service: named.service } });
  if (!known.ok) return refuse(world, known.error);
  const asked = known.value.filter(({ pool }) => pools.value.includes(pool));
  if (options.json) world.print(JSON.stringify(asked, undefined, 2));
  else {
    const style = paint(world.colour);
    for (const each of asked) world.print(inWords(each, style).join('\n'));
  }
  return EXIT.done;
}

function inWords(known: Capacity, style: Paint): readonly string[] {
  const { words, serving, servers, inUse, unit, peak, limit, basis } = known;
  const facts = [
    `${serving} of ${count(servers, 'server')} ${serving === 1 ? 'serves' : 'serve'}`,
    `${count(inUse, unit)} now`,
    ...(peak === undefined ? [] : [`${peak.most} at the week’s peak`]),
    ...(limit === undefined ? [] : [`they take ${limit} at one time (${BASIS[basis]})`]),
  ];
  return [toneOf(known, style)(oneLine(words)), `  ${style.faint(facts.join(' · '))}`];
}

const BASIS: Readonly<Record<Capacity['basis'], string>> = {
  configured: 'limits of the spec',
  found: 'limits that steering found',
  both: 'limits that steering found, else those of the spec',
  unknown: '',
};

function toneOf({ spareNow, sparePeak = spareNow, serving }: Capacity, style: Paint): (text: string) => string {
  if (serving === 0 || spareNow?.enough === false) return style.bad;
  if (spareNow === undefined) return style.faint;
  return sparePeak?.enough && sparePeak.servers > 0 ? style.good : style.doubtful;
}
