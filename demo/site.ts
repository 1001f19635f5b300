/** The demonstration's services: who serves each of them, and where one would like to find them. */
export const SERVICES = {
  portal: { port: 8443, servers: { ehr1: 18_001, ehr2: 18_002, ehr3: 18_003 } },
  fhir: { port: 8444, servers: { fhir1: 18_011, fhir2: 18_012 } },
  pacs: { port: 11_112, servers: { pacs1: 18_021, pacs2: 18_022 } },
  adt: { port: 2575, servers: { engine1: 18_031, engine2: 18_032 } },
  results: { port: 2576, servers: { store1: 18_041 } },
} as const;

export type ServiceName = keyof typeof SERVICES;

export const serviceNames = Object.keys(SERVICES) as readonly ServiceName[];

/** Plain HTTP, from where browsers are sent to the portal. */
export const REDIRECT_PORT = 8080;

/** What the archives are called (PS3.8: called AE title). */
export const CALLED_AE_TITLE = 'PACS';

/** What the trickle of traffic calls itself at the archives. */
export const CALLING_AE_TITLE = 'DEMO_CT';

/** The portal that is a little slower than the others, and by how many milliseconds. */
export const SLOWER = { server: 'ehr3', milliseconds: 150 } as const;

/** Ports, all on 127.0.0.1. */
export type Places = {
  readonly redirect: number;
  readonly services: Readonly<Record<ServiceName, number>>;
  /** By the servers' names. */
  readonly servers: ReadonlyMap<string, number>;
};
