import type { Fault } from '#lib';
import { formatAddress, parseAddress } from '#lib';
import { firstLink } from '#access';
import { type ApiPorts, createApi } from '#api';
import { type ChangeNews, type Machine, type OpenedChanges, type OpenedMaintenance, serversPath } from '#apply';
import type { RunOptions } from '#cli';
import { relayLayoutOf } from '#engines/relay';
import { type Feed, health, numbers, type TelemetryOf, workers } from '#observe';
import type { PoolSteering } from '#steer';
import { type Listening, now } from '#system';

import { apiCertificate, watchApiCertificate } from './certificate.ts';
import { readConsole } from './console.ts';
import type { Printer } from './opening.ts';
import { watchRelay } from './relay.ts';
import { version } from './version.ts';

type Parts = {
  readonly machine: Machine;
  readonly changes: OpenedChanges;
  readonly maintenance: OpenedMaintenance;
  readonly feed: Feed;
  /** The state directory's socket. */
  readonly claim: Listening;
  readonly isEdited: () => boolean;
  readonly telemetryOf: TelemetryOf;
  readonly steering: () => readonly PoolSteering[];
  readonly history: ApiPorts['history'];
  readonly tell: (news: ChangeNews) => void;
  readonly complain: (what: Fault) => void;
};

/** Serves the API on the state directory's socket and, where asked for, over HTTPS. What cannot be is said, and traffic goes on. */
export async function serveApi(
  world: Printer,
  options: RunOptions,
  { machine, changes, maintenance, feed, claim, isEdited, telemetryOf, steering, history, tell, complain }: Parts,
): Promise<{ close(): Promise<void> }> {
  const { state, store } = machine;
  const startedAt = now();
  const relay = watchRelay(relayLayoutOf(state.directory), () => changes.inForce().desired.relays.length > 0);
  const api = await createApi(
    {
      changes,
      maintenance,
      store,
      feed,
      health: (desired) => health(state, desired, telemetryOf),
      numbers: (desired) => numbers(state, desired, telemetryOf),
      workers: () => workers(state.haproxy),
      steering,
      relay,
      history,
      controller: () => ({
        pid: process.pid,
        version,
        engine: machine.version.number,
        startedAt,
        edited: isEdited(),
      }),
      serversPath(service, pool) {
        const value = changes.standing()?.value;
        return value && serversPath(value, service, pool);
      },
      now,
      // The message of what was thrown may hold parts of what was asked.
      onThrow: (route, thrown) => {
        const where = thrown instanceof Error ? thrown.stack?.split('\n').slice(1, 4).join('\n') : '';
        world.complain(`a mistake in Vagus, asked for ${route}:\n${where}`);
      },
    },
    readConsole(),
  );
  claim.serve(api.handleLocal);
  let certificates: { readonly close: () => void } | undefined;
  if (options.api !== undefined) await serveHttps(options.api);
  return {
    async close() {
      certificates?.close();
      relay.close();
      await api.close();
    },
  };

  async function serveHttps(asked: string): Promise<void> {
    const address = parseAddress(asked);
    if (address?.port === undefined) return world.complain(`--api ${asked} is no address: write HOST:PORT`);
    const { host, port } = address;
    const certificate = await apiCertificate(state.apiCertificate, host);
    if (!certificate.ok) return complain(certificate.error);
    const bound = await api.listen({ host, port }, certificate.value);
    if (!bound.ok) return complain(bound.error);
    certificates = watchApiCertificate(state.apiCertificate, host, {
      changed(to) {
        const shown = api.show(to);
        if (!shown.ok) return complain(shown.error);
        tell({ tone: 'good', text: `the API shows another certificate from now on (${to.fingerprint.slice(0, 23)}…)` });
      },
      failed: complain,
    });
    const { fingerprint } = certificate.value;
    const console = `https://${formatAddress(bound.value)}/`;
    world.print(`Console on ${console}, API on ${console}api/v1/ (certificate ${fingerprint.slice(0, 23)}…)`);
    const link = firstLink(store, now());
    if (!link.ok) return complain(link.error);
    if (link.value === undefined) return;
    world.print('There are no users yet. Make the first administrator, once and within a day, with a browser:');
    world.print(`  ${console}#/setup/${link.value.reveal()}`);
    world.print(`or on this machine: vagus user add NAME --role administrator --state ${state.directory}`);
  }
}
