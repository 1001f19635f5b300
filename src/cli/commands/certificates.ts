import type { Answer, routes } from '#api/contract';

import { call, refuse } from '../client.ts';
import { paint, type Row, table } from '../paint.ts';
import { dateOf, inDays } from '../times.ts';
import { EXIT, type Target, type World } from '../world.ts';
import { count } from './check.ts';

/** From so many days before its end on, a certificate is warned of. */
const SOON = 30;
const DAY = 86_400_000;

type Certificate = Answer<(typeof routes)['certificates']>[number];

/** `vagus certificates`: which are in use, for which names, and until when; those that end first come first. */
export async function certificates(world: World, options: Target & { readonly json?: boolean }): Promise<number> {
  const known = await call(world, options, 'certificates');
  if (!known.ok) return refuse(world, known.error);
  if (options.json) {
    world.print(JSON.stringify(known.value, undefined, 2));
    return EXIT.done;
  }
  if (known.value.length === 0) {
    world.print('no certificates are in use');
    return EXIT.done;
  }
  const byEnd = known.value.toSorted((a, b) => a.notAfter - b.notAfter);
  world.print(
    table(
      paint(world.colour),
      ['file', 'names', 'expires', 'date', 'for', 'of'],
      byEnd.map((certificate) => rowOf(world, certificate)),
    ),
  );
  const soon = byEnd.filter(({ notAfter }) => notAfter - world.now() < SOON * DAY).length;
  if (soon > 0) world.complain(`${count(soon, 'certificate')} to renew: less than ${SOON} days are left`);
  return EXIT.done;
}

function rowOf(world: World, { file, use, names, subject, notAfter, services, algorithm }: Certificate): Row {
  const [style, now] = [paint(world.colour), world.now()];
  const expires = `${notAfter < now ? 'EXPIRED ' : ''}${inDays(notAfter, now)}`;
  const kind = use === 'authorities' ? 'CA' : algorithm;
  const cells = [file, names.join(', ') || subject, expires, dateOf(notAfter), services.join(', '), kind];
  if (notAfter < now) return { cells, style: style.bad };
  return notAfter - now < SOON * DAY ? { cells, style: style.doubtful } : { cells };
}
