import type { Fault, Result } from '#lib';
import { err, formatAddress, nearest, ok, parseAddress, Secret } from '#lib';
import { isAeTitle } from '#protocols';

import { fault } from '../errors.ts';

/** What to ask, and whom. */
export type ProbeTarget = {
  /** The URL as it may be shown: without what its query says. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
} & Question;

type Question =
  | { readonly protocol: 'tcp' }
  | {
      readonly protocol: 'dicom';
      readonly called: string;
      readonly calling: string;
      readonly operation: 'C-ECHO' | 'C-FIND';
    }
  | { readonly protocol: 'mllp'; readonly messageType: string }
  | {
      readonly protocol: 'http' | 'fhir';
      readonly authority: string;
      /** Path and query, which may name a patient. */
      readonly uri: Secret;
    };

type Scheme = { readonly protocol: ProbeTarget['protocol']; readonly tls: boolean; readonly example: string };

const SCHEMES: Readonly<Record<string, Scheme>> = {
  dicom: { protocol: 'dicom', tls: false, example: 'dicom://ARCHIVE@10.0.2.11:104?calling=VAGUS' },
  dicoms: { protocol: 'dicom', tls: true, example: 'dicoms://ARCHIVE@10.0.2.11:2762?calling=VAGUS' },
  mllp: { protocol: 'mllp', tls: false, example: 'mllp://10.0.3.11:2575' },
  mllps: { protocol: 'mllp', tls: true, example: 'mllps://10.0.3.11:2575' },
  'fhir+https': { protocol: 'fhir', tls: true, example: 'fhir+https://fhir.hospital.example/metadata' },
  'fhir+http': { protocol: 'fhir', tls: false, example: 'fhir+http://10.0.1.21:8080/metadata' },
  https: { protocol: 'http', tls: true, example: 'https://portal.hospital.example/' },
  http: { protocol: 'http', tls: false, example: 'http://10.0.1.11:8080/' },
  tcp: { protocol: 'tcp', tls: false, example: 'tcp://10.0.1.11:8080' },
  tls: { protocol: 'tcp', tls: true, example: 'tls://10.0.1.11:8443' },
};

const MESSAGE_TYPE = /^[A-Z0-9]{3}(\^[A-Z0-9]{3}(\^[A-Z0-9_]{3,7})?)?$/;

/**
 * Reads what to probe from a URL: `dicom://CALLED@host:port?calling=ME&find=1`, `mllp://host:port?type=NMQ^N01`,
 * `fhir+https://…`, `https://…`, `tcp://host:port`, and `dicoms`, `mllps`, `fhir+http`, `http`, `tls`. Error:
 * `probe-target`, whose message shows nothing of the URL but its scheme.
 */
export function readTarget(url: string): Result<ProbeTarget, Fault> {
  const name = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(url)?.[1]?.toLowerCase() ?? '';
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (scheme === undefined) return refuse(unknownScheme(name));
  const { protocol, tls, example } = scheme;
  const like = `, for example ${example}`;
  const isWeb = protocol === 'http' || protocol === 'fhir';
  if (url.includes('#')) return refuse(`a probe has no use for \`#\`; inside a name write it %23${like}`);

  // The parser knows default ports and international names only of the schemes of the web.
  const text = `${isWeb ? name.replace('fhir+', '') : name}${url.slice(name.length)}`;
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  if (parsed === undefined) return refuse(`this is no URL${like}`);
  if (parsed.password !== '') return refuse(`a probe has no use for a password${like}`);
  if (parsed.username !== '' && protocol !== 'dicom') return refuse(`a probe of ${name} has no use for a user${like}`);
  const address = parseAddress(parsed.host);
  const port = address?.port ?? (isWeb ? (tls ? 443 : 80) : undefined);
  if (address === undefined) return refuse(`the host or the port is not valid${like}`);
  if (port === undefined) return refuse(`a port is missing${like}`);

  const common = { host: address.host, port, tls };
  if (isWeb) {
    const uri = new Secret(`${parsed.pathname}${parsed.search}`);
    const shown = `${name}://${parsed.host}${parsed.pathname}${withoutValues(parsed.search)}`;
    return ok({ ...common, protocol, authority: parsed.host, uri, url: shown });
  }
  if (!['', '/'].includes(parsed.pathname)) return refuse(`a probe of ${name} has no use for a path${like}`);
  const question = questionOf(protocol, parsed);
  if (!question.ok) return refuse(`${question.error}${like}`);
  return ok({ ...common, ...question.value, url: shownUrl(name, { host: address.host, port }, question.value) });
}

const refuse = (message: string): Result<never, Fault> => err(fault('probe-target', message));

function unknownScheme(name: string): string {
  const known = Object.keys(SCHEMES);
  const guess = nearest(name, known);
  const hint = guess === undefined ? `known are ${known.join(', ')}` : `did you mean ${guess}://?`;
  return name === '' ? `a probe needs a URL: ${hint}` : `nothing is known about ${name}://; ${hint}`;
}

const PARAMETERS: Readonly<Record<'dicom' | 'mllp' | 'tcp', readonly string[]>> = {
  dicom: ['calling', 'find'],
  mllp: ['type'],
  tcp: [],
};

/** What the URL asks in its user and its query, for the protocols that are not of the web. */
function questionOf(protocol: 'dicom' | 'mllp' | 'tcp', url: URL): Result<Question, string> {
  const known = PARAMETERS[protocol];
  const stray = [...url.searchParams.keys()].find((key) => !known.includes(key));
  if (stray !== undefined) {
    const words = known.length === 0 ? 'nothing' : known.join(' and ');
    return err(`after \`?\` ${words} may stand here, and each of them once`);
  }
  switch (protocol) {
    case 'tcp':
      return ok({ protocol });
    case 'mllp': {
      const messageType = url.searchParams.get('type') ?? 'NMQ^N01';
      return MESSAGE_TYPE.test(messageType)
        ? ok({ protocol, messageType })
        : err('`type` is not an HL7 message type as in MSH-9, such as NMQ^N01');
    }
    case 'dicom': {
      const called = url.username === '' ? 'ANY-SCP' : decoded(url.username);
      const calling = url.searchParams.get('calling') ?? 'VAGUS';
      const find = url.searchParams.get('find') ?? '0';
      if (called === undefined || !isAeTitle(called)) return err('what stands before `@` is not an AE title');
      if (!isAeTitle(calling)) return err('`calling` is not an AE title');
      if (!['0', '1'].includes(find)) return err('`find` is 1 for a C-FIND instead of a C-ECHO');
      return ok({ protocol, called, calling, operation: find === '1' ? 'C-FIND' : 'C-ECHO' });
    }
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function shownUrl(scheme: string, address: { host: string; port: number }, question: Question): string {
  const where = formatAddress(address);
  if (question.protocol !== 'dicom') return `${scheme}://${where}`;
  const { called, calling, operation } = question;
  const find = operation === 'C-FIND' ? '&find=1' : '';
  return `${scheme}://${encodeURIComponent(called)}@${where}?calling=${encodeURIComponent(calling)}${find}`;
}

/** A query with the names of its parameters alone; what has no name is not shown. */
export const withoutValues = (search: string): string =>
  search.replace(/([?&])(?:([^=&]*)=[^&]*|[^&]+)/g, (_, separator: string, name?: string) =>
    name === undefined ? `${separator}…` : `${separator}${name}=…`,
  );
