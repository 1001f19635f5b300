import type { MetricSample } from './exposition.ts';

/** Seconds of each core since the machine started, those in which it did nothing among them: only differences mean anything. */
export type CpuTimes = ReadonlyMap<string, { readonly idle: number; readonly all: number }>;

/** What an exporter says of its machine at one moment. Undefined: it does not say. */
export type Resources = {
  readonly cpuTimes: CpuTimes | undefined;
  /** 0–1: what programs could not have. */
  readonly memory: number | undefined;
  /** Established TCP connections, or those in use. */
  readonly connections: number | undefined;
};

/** The modes of a CPU that do nothing. Waiting for a disk is doing nothing: the CPU could do other work. */
const IDLE: ReadonlySet<string> = new Set(['idle', 'iowait']);

/** windows_exporter: `privileged` holds these already. */
const WITHIN_PRIVILEGED: ReadonlySet<string> = new Set(['dpc', 'interrupt']);

/** By exporter: node_exporter 0.16 and later, windows_exporter 0.16 and later. The first that there is counts. */
const TOTAL = [
  'node_memory_MemTotal_bytes',
  'windows_memory_physical_total_bytes',
  'windows_cs_physical_memory_bytes',
] as const;
const AVAILABLE = [
  'node_memory_MemAvailable_bytes',
  'windows_memory_available_bytes',
  'windows_memory_physical_free_bytes',
  'windows_os_physical_memory_free_bytes',
] as const;
/** Together they are about what is available, before Linux 3.14. */
const FREE_PARTS = ['node_memory_MemFree_bytes', 'node_memory_Buffers_bytes', 'node_memory_Cached_bytes'] as const;
const CONNECTIONS = [
  'node_netstat_Tcp_CurrEstab',
  'node_sockstat_TCP_inuse',
  'windows_tcp_connections_established',
] as const;
const CPU = ['node_cpu_seconds_total', 'windows_cpu_time_total'] as const;

/** All that is read of an exporter. */
export const RESOURCE_NAMES: ReadonlySet<string> = new Set([
  ...CPU,
  ...TOTAL,
  ...AVAILABLE,
  ...FREE_PARTS,
  ...CONNECTIONS,
]);

/** What the samples of an exporter say of its machine. */
export function readResources(samples: readonly MetricSample[]): Resources {
  const sums = new Map<string, number>();
  const times = new Map<string, { idle: number; all: number }>();
  for (const { name, labels, value } of samples) {
    if (!Number.isFinite(value) || value < 0) continue;
    if (name === CPU[0] || name === CPU[1]) {
      const mode = labels['mode'];
      if (mode === undefined || (name === CPU[1] && WITHIN_PRIVILEGED.has(mode))) continue;
      const core = labels['cpu'] ?? labels['core'] ?? '';
      let time = times.get(core);
      if (time === undefined) times.set(core, (time = { idle: 0, all: 0 }));
      time.all += value;
      if (IDLE.has(mode)) time.idle += value;
    } else {
      sums.set(name, (sums.get(name) ?? 0) + value);
    }
  }
  const first = (names: readonly string[]): number | undefined =>
    names.map((name) => sums.get(name)).find((value) => value !== undefined);
  const parts = FREE_PARTS.map((name) => sums.get(name));
  const free = parts.every((part) => part !== undefined)
    ? parts.reduce<number>((sum, part) => sum + (part ?? 0), 0)
    : undefined;
  return {
    cpuTimes: times.size === 0 ? undefined : times,
    memory: usedShare(first(AVAILABLE) ?? free, first(TOTAL)),
    connections: first(CONNECTIONS),
  };
}

/**
 * How much of the CPU was in use between two moments, 0–1, over all cores. Undefined where it cannot be known: the same
 * moment twice, or counters that began anew in between. A core that came or went is left out.
 */
export function cpuShare(before: CpuTimes, after: CpuTimes): number | undefined {
  let [idle, all] = [0, 0];
  let beganAnew = false;
  for (const [core, now] of after) {
    const then = before.get(core);
    if (then === undefined) continue;
    const spent = now.all - then.all;
    if (spent < 0) beganAnew = true;
    all += spent;
    // Linux lets the idle time of a core go back by moments.
    idle += Math.min(spent, Math.max(0, now.idle - then.idle));
  }
  return all > 0 && !beganAnew ? shareOf(all - idle, all) : undefined;
}

/** 0–1, or undefined where one of them is no amount. */
export const usedShare = (available: number | undefined, total: number | undefined): number | undefined =>
  available === undefined || total === undefined ? undefined : shareOf(total - available, total);

/** A part as a share of the whole, kept within 0–1. Undefined where there is no whole. */
export function shareOf(part: number, whole: number): number | undefined {
  const share = part / whole;
  return Number.isFinite(share) && whole > 0 ? Math.min(1, Math.max(0, share)) : undefined;
}
