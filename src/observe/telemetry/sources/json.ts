import { err, ok } from '#lib';
import { amountAt, shareOf } from '#protocols';
import type { JsonShare } from '#spec';

import { type Asked, NOTHING, type Source } from '../source.ts';
import { page } from './page.ts';

/** A page that says in JSON what a server feels, at places that the spec names. */
export function jsonSource(asked: Asked<'http-json'>): Source {
  const { cpu, memory, connections } = asked.telemetry;
  const status = page(asked);
  return {
    async read() {
      const text = await status.get();
      if (!text.ok) return text;
      const document = parse(text.value);
      if (document === undefined) return err('it answers with something else than JSON');
      const said = {
        ...NOTHING,
        cpu: cpu && shareAt(document, cpu),
        memory: memory && shareAt(document, memory),
        connections: connections === undefined ? undefined : amountAt(document, connections),
      };
      const missing = [cpu && said.cpu === undefined && cpu.at, memory && said.memory === undefined && memory.at];
      const first = missing.find((at) => typeof at === 'string');
      if (said.cpu === undefined && said.memory === undefined && said.connections === undefined)
        return err(`there is no number at ${first ?? connections ?? ''} in its answer`);
      return ok(said);
    },
    close: () => status.close(),
  };
}

function shareAt(document: unknown, { at, of }: JsonShare): number | undefined {
  const [part, whole] = [amountAt(document, at), typeof of === 'number' ? of : amountAt(document, of)];
  return part === undefined || whole === undefined ? undefined : shareOf(part, whole);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'latin1').toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
