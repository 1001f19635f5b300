import { isIP } from 'node:net';
import type * as snmp from 'net-snmp';
import type { Session, Varbind } from 'net-snmp';

import { err, ok, type Result } from '#lib';
import { type CpuTimes, cpuShare, shareOf, usedShare } from '#protocols';
import type { SnmpSource, Telemetry } from '#spec';

import { type Asked, NOTHING, type Reading, type Source } from '../source.ts';

/** UCD-SNMP-MIB, ssCpuRaw…: ticks since the agent's machine started. */
const CPU = {
  user: '1.3.6.1.4.1.2021.11.50.0',
  nice: '1.3.6.1.4.1.2021.11.51.0',
  system: '1.3.6.1.4.1.2021.11.52.0',
  idle: '1.3.6.1.4.1.2021.11.53.0',
  wait: '1.3.6.1.4.1.2021.11.54.0',
  steal: '1.3.6.1.4.1.2021.11.64.0',
} as const;

/** UCD-SNMP-MIB, mem…: KiB. `available` is what Linux itself reckons, and newer agents tell. */
const MEMORY = {
  total: '1.3.6.1.4.1.2021.4.5.0',
  free: '1.3.6.1.4.1.2021.4.6.0',
  buffers: '1.3.6.1.4.1.2021.4.14.0',
  cached: '1.3.6.1.4.1.2021.4.15.0',
  available: '1.3.6.1.4.1.2021.4.27.0',
} as const;

/** TCP-MIB, tcpCurrEstab. */
const ESTABLISHED = '1.3.6.1.2.1.6.9.0';

/** HOST-RESOURCES-MIB, hrProcessorLoad: percent of the last minute, a row for each processor. */
const PROCESSOR_LOAD = '1.3.6.1.2.1.25.3.3.1.2';

/** HOST-RESOURCES-MIB, hrStorageTable: its type, size and use, and what main memory is called. */
const STORAGE = {
  type: '1.3.6.1.2.1.25.2.3.1.2',
  size: '1.3.6.1.2.1.25.2.3.1.5',
  used: '1.3.6.1.2.1.25.2.3.1.6',
} as const;
const MAIN_MEMORY = '1.3.6.1.2.1.25.2.1.2';

const SCALARS = [...Object.values(CPU), ...Object.values(MEMORY), ESTABLISHED];

/** Rows asked for at one time. */
const ROWS = 32;

type Library = typeof snmp;

/**
 * An SNMP agent: Linux's by UCD-SNMP-MIB, whose counters tell at once what a CPU does; any other's, Windows' among them, by
 * HOST-RESOURCES-MIB, which tells the last minute.
 */
export function snmpSource({ host, port, telemetry, secretOf }: Asked<'snmp'>): Source {
  const { timeout } = telemetry;
  let session: Session | undefined;
  let before: CpuTimes | undefined;
  /** It knows nothing of UCD-SNMP-MIB. */
  let isOther = false;

  function hangUp(): void {
    session?.close();
    session = undefined;
    isOther = false;
  }

  async function readUcd(open: Session): Promise<Reading | undefined> {
    const values = numbersOf(await get(open, isOther ? [ESTABLISHED] : SCALARS));
    const connections = values.get(ESTABLISHED);
    const cpuTimes = timesOf(values);
    isOther ||= cpuTimes === undefined;
    if (isOther) return { ...NOTHING, ...(await readHost(open)), connections };
    const cpu = before && cpuTimes && cpuShare(before, cpuTimes);
    before = cpuTimes;
    return { ...NOTHING, cpu, memory: memoryOf(values), connections };
  }

  return {
    async read() {
      // Loaded when the first agent is asked: every other command starts sooner without it.
      const library = await import('net-snmp');
      const opened = session === undefined ? openSession(library, { host, port, telemetry, secretOf }) : ok(session);
      if (!opened.ok) return opened;
      const open = (session = opened.value);
      const { promise: late, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(() => reject(tooLate()), timeout);
      try {
        const said = await Promise.race([readUcd(open), late]);
        if (
          said?.cpu !== undefined ||
          said?.memory !== undefined ||
          said?.connections !== undefined ||
          before !== undefined
        )
          return ok(said ?? NOTHING);
        return err('it knows neither UCD-SNMP-MIB nor HOST-RESOURCES-MIB');
      } catch (cause) {
        // The next question begins anew, with the secrets as they are then.
        hangUp();
        return err(failureInWords(cause, telemetry));
      } finally {
        clearTimeout(timer);
      }
    },
    close: hangUp,
  };
}

const tooLate = (): Error => Object.assign(new Error('too late'), { name: 'RequestTimedOutError' });

function openSession(library: Library, { host, port, telemetry, secretOf }: Asked<'snmp'>): Result<Session, string> {
  const transport = isIP(host) === 6 ? ('udp6' as const) : ('udp4' as const);
  const options = { port, transport, timeout: telemetry.timeout, retries: 0, idBitsSize: 32 };
  const opened = sessionOf(library, host, telemetry, options, secretOf);
  // What goes wrong with the socket is told to whoever asks.
  if (opened.ok) opened.value.on('error', () => undefined);
  return opened;
}

function sessionOf(
  library: Library,
  host: string,
  source: SnmpSource,
  options: { readonly timeout: number },
  secretOf: Asked['secretOf'],
): Result<Session, string> {
  if (source.version === '2c') {
    const community = secretOf(source.community.secret);
    if (!community.ok) return err(community.error.message);
    return ok(library.createSession(host, community.value.reveal(), { ...options, version: library.Version2c }));
  }
  const { user, auth, privacy } = source;
  const authKey = auth && secretOf(auth.password.secret);
  const privKey = privacy && secretOf(privacy.password.secret);
  if (authKey?.ok === false) return err(authKey.error.message);
  if (privKey?.ok === false) return err(privKey.error.message);
  const { noAuthNoPriv, authNoPriv, authPriv } = library.SecurityLevel;
  const level = auth === undefined ? noAuthNoPriv : privacy === undefined ? authNoPriv : authPriv;
  return ok(
    library.createV3Session(
      host,
      {
        name: user,
        level,
        ...(auth && authKey && { authProtocol: library.AuthProtocols[auth.protocol], authKey: authKey.value.reveal() }),
        ...(privacy &&
          privKey && { privProtocol: library.PrivProtocols[privacy.protocol], privKey: privKey.value.reveal() }),
      },
      { ...options, version: library.Version3 },
    ),
  );
}

function get(session: Session, oids: readonly string[]): Promise<readonly Varbind[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Varbind[]>();
  session.get([...oids], (error, varbinds) => (error === null ? resolve(varbinds ?? []) : reject(error)));
  return promise;
}

/** All rows below an object. */
function rows(session: Session, oid: string): Promise<readonly Varbind[]> {
  const { promise, resolve, reject } = Promise.withResolvers<readonly Varbind[]>();
  const found: Varbind[] = [];
  session.subtree(
    oid,
    ROWS,
    (varbinds) => void found.push(...varbinds),
    (error) => (error === null || error === undefined ? resolve(found) : reject(error)),
  );
  return promise;
}

/** What an agent does not know has a type of its own, and no number. */
function numbersOf(varbinds: readonly Varbind[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const { oid, value } of varbinds) {
    if (typeof value === 'number' && value >= 0) numbers.set(oid, value);
  }
  return numbers;
}

function timesOf(values: ReadonlyMap<string, number>): CpuTimes | undefined {
  const [idle, user] = [values.get(CPU.idle), values.get(CPU.user)];
  if (idle === undefined || user === undefined) return undefined;
  const ticks = Object.values(CPU).reduce((sum, oid) => sum + (values.get(oid) ?? 0), 0);
  return new Map([['all', { idle: idle + (values.get(CPU.wait) ?? 0), all: ticks }]]);
}

function memoryOf(values: ReadonlyMap<string, number>): number | undefined {
  const of = (part: keyof typeof MEMORY): number | undefined => values.get(MEMORY[part]);
  const [free, buffers = 0, cached = 0] = [of('free'), of('buffers'), of('cached')];
  const available = of('available') ?? (free === undefined ? undefined : free + buffers + cached);
  return usedShare(available, of('total'));
}

async function readHost(session: Session): Promise<Pick<Reading, 'cpu' | 'memory'>> {
  const loads = [...numbersOf(await rows(session, PROCESSOR_LOAD)).values()];
  const types = await rows(session, STORAGE.type);
  const row = types.find(({ value }) => value === MAIN_MEMORY)?.oid.slice(STORAGE.type.length);
  const storage =
    row === undefined ? undefined : numbersOf(await get(session, [STORAGE.size + row, STORAGE.used + row]));
  const [size, used] = [storage?.get(STORAGE.size + row), storage?.get(STORAGE.used + row)];
  return {
    cpu: loads.length === 0 ? undefined : shareOf(loads.reduce((sum, load) => sum + load, 0) / loads.length, 100),
    memory: size === undefined || used === undefined ? undefined : shareOf(used, size),
  };
}

/** By the name of what the library throws: its messages may hold what was sent. */
function failureInWords(cause: unknown, { timeout, version }: Telemetry & SnmpSource): string {
  const name = cause instanceof Error ? cause.name : '';
  if (name === 'RequestTimedOutError') {
    const hint = version === '2c' ? ' (agents answer a wrong community with silence)' : '';
    return `no answer within ${timeout} ms${hint}`;
  }
  if (name === 'ResponseInvalidError' || name === 'RequestFailedError')
    return version === '3' ? 'it refuses the user or the passwords' : 'it refuses the question';
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code === undefined ? 'what answers there is no SNMP agent' : `cannot be reached (${code})`;
}
