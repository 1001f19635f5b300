import { formatDuration, parseDuration } from '#lib';
import { probe as ask, type ProbeReport, readTarget } from '#observe';

import { columns, paint } from '../paint.ts';
import { EXIT, type World } from '../world.ts';

export type ProbeOptions = {
  readonly timeout: string;
  readonly ca?: string;
  readonly certificate?: string;
  readonly insecure?: boolean;
  readonly json?: boolean;
};

/** `vagus probe URL`: one check as a client would do it. */
export async function probe(world: World, url: string, options: ProbeOptions): Promise<number> {
  const target = readTarget(url);
  const timeout = parseDuration(options.timeout);
  if (!target.ok || timeout === undefined || timeout <= 0) {
    world.complain(target.ok ? `--timeout ${options.timeout} is no duration; write 5s or 500ms` : target.error.message);
    return EXIT.usage;
  }
  const { ca, certificate, insecure } = options;
  const report = await ask(target.value, { timeout, ca, certificate, insecure });
  world.print(options.json ? JSON.stringify(report, undefined, 2) : inWords(report, world.colour));
  return report.healthy ? EXIT.done : EXIT.wrong;
}

function inWords(report: ProbeReport, colour: boolean): string {
  const style = paint(colour);
  const steps = columns(
    report.steps.map(({ name, milliseconds, detail }) => [
      `  ${name}`,
      `${milliseconds.toFixed(1).padStart(7)} ms`,
      detail ?? '',
    ]),
  );
  const verdict = report.healthy ? style.good(`✓ ${report.verdict}`) : style.bad(`✗ ${report.verdict}`);
  const tls = report.tls && [
    `  ${report.tls.protocol}, ${report.tls.cipher}`,
    `  certificate of ${report.tls.subject}, by ${report.tls.issuer}, until ${report.tls.validTo}`,
  ];
  return [report.url, ...steps, ...(tls ?? []), verdict].join('\n');
}

export const DEFAULT_TIMEOUT = formatDuration(5_000);
