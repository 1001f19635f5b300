import { randomUUID } from 'node:crypto';
import { err, ok, type Result } from '#lib';
import { hl7Sender, resultMessage, updateMessage } from './clients/hl7.ts';
import { httpClient } from './clients/http.ts';
import { sendInstances } from './clients/dicom.ts';
import { syntheticStudy } from './clients/synthetic-instance.ts';
import { failed, type Load, type LoadReport, startLoad } from './load.ts';
import { people, type Person } from './people.ts';
import { CALLED_AE_TITLE, CALLING_AE_TITLE, type ServiceName, serviceNames } from './site.ts';

/** Where clients find the services. `ca`: the PEM of the authority behind the HTTPS ones. */
export type Entrances = {
  readonly portal: string;
  readonly fhir: string;
  readonly pacs: number;
  readonly adt: number;
  readonly results: number;
  readonly ca: string | undefined;
};

/** One account for each service; times are those of clients. */
export type TrafficReport = Readonly<Record<ServiceName, LoadReport>>;

export type Traffic = { report(): TrafficReport; stop(): Promise<TrafficReport> };

/** A slow server is waited for; a lost answer is not waited for long. */
const TIMEOUT = 8_000;
const PORTAL_USERS = 5;
const VISITS_OF_A_SESSION = 20;
const HOST = '127.0.0.1';

/** Starts a trickle of about nine pieces of work a second. Whatever fails is tried once more, as real clients do. */
export function startTraffic(entrances: Entrances): Traffic {
  const clients: Readonly<Record<ServiceName, Client>> = {
    portal: portalUsers(entrances),
    fhir: fhirReader(entrances),
    pacs: modality(entrances),
    adt: messageSender(entrances.adt, updateMessage),
    results: messageSender(entrances.results, resultMessage),
  };
  const loads: Readonly<Record<ServiceName, Load>> = {
    portal: startLoad(clients.portal.work, { workers: PORTAL_USERS, every: 1_000, tries: 2 }),
    fhir: startLoad(clients.fhir.work, { every: 500, tries: 2 }),
    pacs: startLoad(clients.pacs.work, { every: 2_000, tries: 2 }),
    adt: startLoad(clients.adt.work, { every: 1_000, tries: 2 }),
    results: startLoad(clients.results.work, { every: 1_000, tries: 2 }),
  };
  const report = (): TrafficReport => ofEach((service) => loads[service].report());
  return {
    report,
    async stop() {
      await Promise.all(serviceNames.map((service) => loads[service].stop()));
      for (const service of serviceNames) clients[service].close();
      return report();
    },
  };
}

/** The whole account in one line. */
export function trafficInOneLine(report: TrafficReport): string {
  const accounts = serviceNames.map((service) => report[service]);
  const total = (of: (account: LoadReport) => number): string =>
    accounts.reduce((sum, account) => sum + of(account), 0).toLocaleString('en-US');
  return [
    ...serviceNames.map((service) => `${service} ${report[service].ok.toLocaleString('en-US')} ok`),
    `${total(failed)} failed`,
    `${total(({ retried }) => retried)} tried twice`,
  ].join(' · ');
}

function ofEach<T>(value: (service: ServiceName) => T): Readonly<Record<ServiceName, T>> {
  return {
    portal: value('portal'),
    fhir: value('fhir'),
    pacs: value('pacs'),
    adt: value('adt'),
    results: value('results'),
  };
}

type Client = {
  readonly work: (worker: number) => Promise<Result<unknown, string>>;
  /** Ends the connections that are kept. */
  readonly close: () => void;
};

/** People who look at a page each second, and log in anew after a while, so that healed servers get sessions again. */
function portalUsers({ portal: url, ca }: Entrances): Client {
  const logIn = () => ({ client: httpClient({ url, ca, keepAlive: true, timeout: TIMEOUT }), visits: 0 });
  const users = Array.from({ length: PORTAL_USERS }, logIn);
  return {
    async work(worker) {
      let user = users[worker] ?? logIn();
      if (user.visits >= VISITS_OF_A_SESSION) {
        user.client.close();
        user = logIn();
      }
      users[worker] = user;
      user.visits += 1;
      return statusOk(await user.client.request('/'));
    },
    close() {
      for (const { client } of users) client.close();
    },
  };
}

function fhirReader({ fhir: url, ca }: Entrances): Client {
  const client = httpClient({ url, ca, keepAlive: true, timeout: TIMEOUT });
  const person = everyone();
  return {
    work: async () => statusOk(await client.request(`/Patient/${person().id}`)),
    close: () => client.close(),
  };
}

function modality({ pacs: port }: Entrances): Client {
  const peer = { host: HOST, port, called: CALLED_AE_TITLE, calling: CALLING_AE_TITLE, timeout: TIMEOUT };
  // Always the same instances: an archive that keeps them does not grow.
  const instances = syntheticStudy(3);
  return { work: () => sendInstances(peer, instances), close: () => undefined };
}

/** A message that failed is sent again with the same control id, so that its receiver could tell. */
function messageSender(port: number, messageOf: (person: Person, controlId: string) => Buffer): Client {
  const sender = hl7Sender({ host: HOST, port, timeout: TIMEOUT });
  const person = everyone();
  const run = randomUUID().slice(0, 8);
  let number = 0;
  let unsent: Buffer | undefined;
  return {
    async work() {
      if (unsent === undefined) {
        number += 1;
        unsent = messageOf(person(), `${run}-${number}`);
      }
      const sent = await sender.send(unsent);
      if (sent.ok) unsent = undefined;
      return sent;
    },
    close: () => sender.close(),
  };
}

function statusOk(answer: Result<{ readonly status: number }, string>): Result<void, string> {
  if (!answer.ok) return answer;
  return answer.value.status === 200 ? ok(undefined) : err(`status ${answer.value.status}`);
}

/** One person after another, for ever. */
function everyone(): () => Person {
  let next = 0;
  return () => people[next++ % people.length] as Person;
}
