import { audit, type AuditOptions, exportAudit, verifyAudit } from '../commands/audit.ts';
import { certificates } from '../commands/certificates.ts';
import { command, listed, positive, reaching, type Shell } from '../shell.ts';
import type { Target } from '../world.ts';

/** What is on record: the audit, and the certificates in use. */
export function addRecordCommands({ world, program, ends }: Shell): void {
  const group = command(
    program,
    'audit',
    'Who did what, when, and how it ended; each entry is bound to the one before it.',
    'vagus audit --since 24h',
    'vagus audit verify',
    'vagus audit export --out audit.jsonl',
  );
  reaching(
    world,
    listed(
      group,
      'Entries, the newest last.',
      'vagus audit --since 24h --by anna',
      'vagus audit --since 2026-12-01 --limit 500',
    ),
  )
    .option('--since <when>', 'a duration back from now, or a time', '7d')
    .option('--by <who>', 'only what this user, token or local account did')
    .option('--limit <number>', 'how many at the most', positive, 100)
    .option('--json', 'for programs')
    .action((options: AuditOptions) => ends(audit(world, options)));
  reaching(
    world,
    command(group, 'verify', 'Whether an entry was altered, removed or moved; ends with 1 then.', 'vagus audit verify'),
  )
    .option('--json', 'for programs')
    .action((options: Target & { json?: boolean }) => ends(verifyAudit(world, options)));
  reaching(world, command(group, 'export', 'The whole audit as JSON lines.', 'vagus audit export --out audit.jsonl'))
    .option('--out <file>', 'into this file')
    .action((options: Target & { out?: string }) => ends(exportAudit(world, options)));

  reaching(
    world,
    command(
      program,
      'certificates',
      'Certificates in use: for which names and services, and until when.',
      'vagus certificates',
    ),
  )
    .option('--json', 'for programs')
    .action((options: Target & { json?: boolean }) => ends(certificates(world, options)));
}
