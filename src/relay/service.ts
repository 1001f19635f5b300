import { err, type Fault, ok, type Result } from '#lib';
import { listenAt, poll } from '#system';

import type { ServiceConfiguration } from './configuration.ts';
import { type ServiceCounters, serviceCounters } from './counters.ts';
import { closeDestination, type Destination, openDestinations } from './destination.ts';
import { openDirect } from './direct.ts';
import type { Events } from './events.ts';
import { openFollowUps } from './follow-ups.ts';
import { intakeOf } from './intake.ts';
import type { Journal } from './journal/journal.ts';
import { type Sender, serveSender } from './sender.ts';
import type { ServerWord } from './server.ts';
import { openVoice } from './voice.ts';

/** A service at work. */
export type Service = {
  readonly counters: ServiceCounters;
  configuration(): ServiceConfiguration;
  destinations(): readonly Destination[];
  /** Messages that are under way, or wait for those before them, and have a sender who waits. */
  underWay(): number;
  /** What HAProxy says of the servers of its backends. */
  setStates(states: ReadonlyMap<string, ReadonlyMap<string, ServerWord>>): void;
  /** From now on this holds. What it listens on is not changed by it. */
  update(configuration: ServiceConfiguration): void;
  /** Accepts nothing new and ends what is under way, for as long as the configuration lets it. */
  drain(): Promise<void>;
};

/** What the services of a relay share. */
export type ServiceParts = { readonly events: Events; readonly hashKey: Buffer; readonly journal: Journal };

/** How often is looked whether all has ended, ms. */
const LOOK = 20;

/** HAProxy's workers may be in the directory's group, and no more than that. */
const HAPROXY_TOO = 0o660;

const NO_STATES: ReadonlyMap<string, ServerWord> = new Map();

/** Listens, and serves. Errors: those of the socket. */
export async function openService(
  first: ServiceConfiguration,
  { events, hashKey, journal }: ServiceParts,
): Promise<Result<Service, Fault>> {
  const listening = await listenAt(first.listen, HAPROXY_TOO);
  if (!listening.ok) return err(listening.error);

  let configuration = first;
  const counters = serviceCounters();
  const voice = openVoice(() => configuration, { counters, events, hashKey });
  const followUps = openFollowUps();
  const direct = openDirect(voice, followUps);
  const parts = { journal, voice, followUps };
  let destinations = openDestinations(configuration, [], parts);

  const senders = new Set<Sender>();
  const onEnd = (sender: Sender): void => void senders.delete(sender);
  const intake = intakeOf({ voice, direct, followUps, journal, destinations: () => destinations, onEnd });
  listening.value.serve((socket) => {
    counters.accepted += 1;
    counters.senders += 1;
    senders.add(serveSender(socket, configuration, intake));
  });

  const isQuiet = (): boolean =>
    senders.size === 0 && destinations.every(({ queue }) => queue === undefined || queue.underWay() === 0);

  return ok({
    counters,
    configuration: () => configuration,
    destinations: () => destinations,
    underWay: direct.size,
    setStates(states) {
      for (const { backend, pool } of destinations) pool.setStates(states.get(backend) ?? NO_STATES);
    },
    update(next) {
      configuration = next;
      destinations = openDestinations(next, destinations, parts);
    },
    async drain() {
      listening.value.close();
      for (const sender of senders) sender.leave();
      for (const { queue } of destinations) queue?.stop();
      await poll(() => (isQuiet() ? true : undefined), { every: LOOK, within: configuration.drain });
      for (const sender of senders) sender.cut();
      for (const destination of destinations) closeDestination(destination);
    },
  });
}
