import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type Layout, processes, type Version } from '#engines/haproxy';
import { exchange, poll, run } from '#system';

import { must } from './must.ts';
import type { Rig } from './rig.ts';

/** Changes the weight of one server by another way than ours. Returns once a worker that has it serves. */
export type OtherWay = (weight: number) => Promise<void>;

/**
 * The way of HAProxy's Data Plane API for what it does not do at run time, and of every program that writes templates: write
 * the whole file, have HAProxy check it, reload, and wait until the new worker serves. On a HAProxy of its own, with the
 * configuration that `layout` has in force, on other addresses.
 */
export async function wholeFileWay(rig: Rig, version: Version, layout: Layout, server: string): Promise<OtherWay> {
  const directory = rig.path('other');
  cpSync(layout.current, directory, { recursive: true, dereference: true });
  const file = join(directory, 'haproxy.cfg');
  const text = readFileSync(file, 'utf8')
    .replaceAll(layout.run, directory)
    .replaceAll('127.10.', '127.60.')
    .replaceAll('abns@vagus', 'abns@other');
  writeFileSync(join(directory, 'servers.state'), '1\n');
  writeFileSync(file, text);
  const other: Layout = {
    ...layout,
    statsSocket: join(directory, 'stats.sock'),
    masterSocket: join(directory, 'master.sock'),
  };
  await rig.serve([version.program, '-W', '-S', other.masterSocket, '-f', file], []);
  await serving(other, undefined);

  const [backend = '', name = ''] = server.split('/');
  const line = new RegExp(`(^backend ${backend} [^]*?^\\s+server ${name} .*?weight )\\d+`, 'm');
  if (!line.test(text)) throw new Error(`no weight of ${server} in the configuration`);
  return async (weight) => {
    writeFileSync(file, text.replace(line, `$1${weight}`));
    const { exitCode, stderr } = must(await run(version.program, ['-c', '-f', file], { timeout: 60_000 }));
    if (exitCode !== 0) throw new Error(stderr);
    const { worker } = must(await processes(other));
    // Some versions answer only when it is done, others are cut off as they begin anew.
    await exchange(other.masterSocket, 'reload\n', 60_000);
    await serving(other, worker);
    const state = must(await exchange(other.statsSocket, `show servers state ${backend}\n`));
    if (!new RegExp(` ${name} .*`).test(state)) throw new Error(`${server} is not there`);
  };
}

/** Waits for a worker other than `before` to answer. */
async function serving(layout: Layout, before: number | undefined): Promise<void> {
  const found = await poll(
    async () => {
      const [now, info] = [await processes(layout), await exchange(layout.statsSocket, 'show info\n', 2_000)];
      if (!now.ok || !info.ok || now.value.worker === undefined || now.value.worker === before) return undefined;
      return info.value.includes(`\nPid: ${now.value.worker}\n`) ? true : undefined;
    },
    { every: 10, within: 60_000 },
  );
  if (!found) throw new Error('the other HAProxy does not serve');
}
