import { formatDuration } from '#lib';
import { addressOf, type PartlyCheck } from '../language.ts';
import { checkLayers } from '../resolve/check.ts';
import { defaultsOf } from '../resolve/defaults.ts';
import type { CheckType } from '../schema/check.ts';
import { entriesOf } from '../schema/forms.ts';
import type { Path, Protocol } from '../types.ts';
import { quote } from '../words.ts';
import { lost, type PoolContext, type ServiceContext } from './context.ts';

/** Below this, checks of healthy servers have been seen to time out on a busy machine. */
const EAGER_INTERVAL = 500;

const HTTP_FIELDS = ['path', 'method', 'host'] as const;
const DICOM_FIELDS = ['calledAeTitle', 'callingAeTitle'] as const;
const QUESTION_FIELDS = [...HTTP_FIELDS, ...DICOM_FIELDS, 'messageType', 'expect'] as const;
const EXPECT_FIELDS = ['status', 'body', 'acknowledgement'] as const;

/** What each type of check takes beside `port`, `tls` and the timing. */
const FIELDS: Readonly<Record<CheckType, readonly string[]>> = {
  tcp: [],
  http: [...HTTP_FIELDS, 'expect', 'status', 'body'],
  fhir: [...HTTP_FIELDS, 'expect', 'status', 'body'],
  'dicom-echo': DICOM_FIELDS,
  'dicom-find': DICOM_FIELDS,
  hl7: ['messageType', 'expect', 'acknowledgement'],
};

/** A check in a protocol of its own makes sense where that protocol may be spoken. */
const PROTOCOLS: Partial<Record<CheckType, readonly Protocol[]>> = {
  'dicom-echo': ['dicom', 'tcp'],
  'dicom-find': ['dicom', 'tcp'],
  hl7: ['hl7', 'tcp'],
};

export function checkChecks(context: ServiceContext): void {
  const { service, path, preset, pools, problems } = context;
  const preferred = preset && defaultsOf(preset).check.type;
  if (service.check) checkQuestion(context, service.check, [...path, 'check'], preferred);
  const typeOfService = service.check && 'type' in service.check ? (service.check.type ?? preferred) : preferred;
  for (const { pool, path: place } of pools) {
    if (pool.check)
      checkQuestion(
        context,
        pool.check,
        [...place, 'check'],
        problems.damaged([...path, 'check', 'type']) ? undefined : typeOfService,
      );
  }
  for (const pool of pools) {
    checkTiming(context, pool);
    checkPort(context, pool);
  }
}

function checkQuestion(
  { preset, problems }: ServiceContext,
  check: PartlyCheck,
  path: Path,
  inherited: CheckType | undefined,
): void {
  if ('follow' in check) return;
  const type = check.type ?? inherited;
  if (type === undefined || problems.damaged([...path, 'type'])) return;
  const protocols = PROTOCOLS[type];
  if (check.type && preset && protocols && !protocols.includes(preset.protocol)) {
    const spoken = `this service speaks ${preset.protocol} (preset ${quote(preset.name)})`;
    problems.report(
      'field-not-for-protocol',
      [...path, 'type'],
      `a check of type ${quote(type)} is for ${protocols.join(' and ')} services; ${spoken}`,
    );
    return;
  }
  const refuse = (field: string, place: Path): void => {
    if (FIELDS[type].includes(field)) return;
    problems.report(
      'field-not-for-check',
      place,
      `${quote(field)} means nothing for a check of type ${quote(type)}`,
      'key',
    );
  };
  for (const field of QUESTION_FIELDS) {
    if (check[field] !== undefined) refuse(field, [...path, field]);
  }
  if (!FIELDS[type].includes('expect')) return;
  for (const field of EXPECT_FIELDS) {
    if (check.expect?.[field] !== undefined) refuse(field, [...path, 'expect', field]);
  }
}

function checkTiming({ service, path, problems }: ServiceContext, { check, pool, path: place }: PoolContext): void {
  if (check?.kind !== 'probe') return;
  const { interval, timeout } = check.timing;
  const layers = checkLayers(service.check, path, pool.check, place);
  const writtenAt = (field: 'interval' | 'timeout') =>
    layers.findLast(({ written }) => !('follow' in written) && written[field] !== undefined)?.path;
  const intervalAt = writtenAt('interval');
  const timeoutAt = writtenAt('timeout');
  if (timeout > interval) {
    const later =
      timeoutAt && timeoutAt.length >= (intervalAt?.length ?? 0)
        ? [...timeoutAt, 'timeout']
        : [...(intervalAt ?? place), 'interval'];
    const figures = `the time-out (${formatDuration(timeout)}) is longer than the interval (${formatDuration(interval)})`;
    const message = `${figures}: a hung server would be found late and its checks would overlap`;
    if (!problems.damaged(later)) problems.report('timeout-over-interval', later, message);
  }
  if (interval < EAGER_INTERVAL && intervalAt) {
    const message = `checks every ${formatDuration(interval)} may take healthy servers out on a busy machine: 500ms is the least we advise`;
    problems.report('check-too-eager', [...intervalAt, 'interval'], message);
  }
}

/** Servers without a port take the client's, which a check does not have. */
function checkPort({ service, path, problems }: ServiceContext, { check, pool, path: place }: PoolContext): void {
  if (check?.kind !== 'probe' || check.probe.port !== undefined) return;
  // A relayed server needs a port of its own, whoever checks it.
  if (service.relay !== undefined) return;
  if (lost(service.listen, [...path, 'listen'], problems) || problems.damaged([...path, 'listen'])) return;
  const ports = new Set(entriesOf(service.listen).map(({ value }) => value.port));
  if (ports.size < 2) return;
  const without = [...(pool.servers ?? [])].find(
    ([, server]) => server && addressOf(server)?.port === undefined && !isBroken(server),
  );
  if (!without || problems.damaged([...place, 'servers', without[0]])) return;
  const message = `the server ${quote(without[0])} has no port and the service listens on several: say which one to check, \`check: { port: … }\``;
  if (!problems.damaged([...check.path, 'port'])) {
    problems.report('check-port-missing', check.path, message, 'key');
    problems.damage([...check.path, 'port']);
  }
}

const isBroken = (server: object): boolean => 'address' in server && server.address === undefined;
