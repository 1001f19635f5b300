import { err, ok } from '#lib';
import { type CpuTimes, cpuShare, readExposition, readResources, RESOURCE_NAMES } from '#protocols';

import { type Asked, NOTHING, type Source } from '../source.ts';
import { page } from './page.ts';

/** An exporter of Prometheus metrics. What its CPU does is known from the second answer on. */
export function prometheusSource(asked: Asked<'prometheus'>): Source {
  const metrics = page(asked);
  let before: CpuTimes | undefined;
  return {
    async read() {
      const text = await metrics.get();
      if (!text.ok) return text;
      const { cpuTimes, memory, connections } = readResources(readExposition(text.value, RESOURCE_NAMES).samples);
      if (cpuTimes === undefined && memory === undefined && connections === undefined)
        return err('it has no metrics of node_exporter or windows_exporter');
      const cpu = before && cpuTimes && cpuShare(before, cpuTimes);
      before = cpuTimes;
      return ok({ ...NOTHING, cpu, memory, connections });
    },
    close: () => metrics.close(),
  };
}
