import { isIP } from 'node:net';
import { formatDuration, isNetwork, parseAddress, parseDuration, parseSize } from '#lib';
import { quote, show } from '../words.ts';
import { Complaint, matching, oneOf, text } from './forms.ts';

/*
 * The single values of the language. Many of them end up in an engine's configuration file, so each form takes only what
 * cannot change the meaning of a line there: no value has a control character or a line break; names, hosts, addresses,
 * tokens and message types have neither blanks nor quotes; what can have them (AE titles, file paths, texts, URL paths)
 * says so in `types.ts`, and whoever writes it has to quote it.
 */

const NAME = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const name = matching({
  code: 'bad-name',
  expects: 'a name (1–63 lower-case letters, digits and `-`, not starting with `-`)',
  pattern: NAME,
});

/** A name that is defined elsewhere in the spec; whether it is, is another question. */
export const reference = text({ code: 'wrong-type', expects: 'a name', pattern: NAME, parse: (value) => value });

const LONGEST_DURATION = parseDuration('7d') ?? Infinity;

/** In milliseconds. */
export const duration = (least = 1, most = LONGEST_DURATION) =>
  text({
    code: 'bad-duration',
    expects: 'a duration such as `500ms`, `5s`, `30m` or `12h`',
    pattern: /^[0-9]{1,9}(ms|s|m|h|d)$/,
    parse: (value) => {
      const milliseconds = parseDuration(value);
      if (milliseconds === undefined || (milliseconds >= least && milliseconds <= most)) return milliseconds;
      const bounds = `from ${formatDuration(least)} to ${formatDuration(most)}`;
      return new Complaint('out-of-range', `${show(value)} is out of range: expected a duration ${bounds}`);
    },
  });

const [SMALLEST_MESSAGE, LARGEST_MESSAGE] = [64, 1024 ** 3];

/** In bytes. */
export const messageSize = text({
  code: 'out-of-range',
  expects: 'a size such as `64KiB` or `10MiB`, from 64B to 1GiB',
  pattern: /^[0-9]{1,9}(B|KiB|MiB|GiB)$/,
  examples: ['10MiB'],
  parse: (value) => {
    const bytes = parseSize(value);
    return bytes !== undefined && bytes >= SMALLEST_MESSAGE && bytes <= LARGEST_MESSAGE ? bytes : undefined;
  },
});

const RATE = /^([1-9][0-9]{0,5})\/s$/;

/** How many a second. */
export const rate = text({
  code: 'out-of-range',
  expects: 'a rate such as `100/s`, from 1/s to 999999/s',
  pattern: RATE,
  examples: ['100/s'],
  parse: (value) => {
    const many = RATE.exec(value)?.[1];
    return many === undefined ? undefined : Number(many);
  },
});

const PERCENT = /^(?:100|[0-9]{1,2})%$/;

/** A part of the whole, as 0–1. */
export const percent = text({
  code: 'out-of-range',
  expects: 'a part of the whole such as `10%`, from 0% to 100%',
  pattern: PERCENT,
  examples: ['10%'],
  parse: (value) => (PERCENT.test(value) ? Number(value.slice(0, -1)) / 100 : undefined),
});

function addressIn(value: string) {
  const address = value.includes('%') ? undefined : parseAddress(value);
  if (address) return address;
  const port = /^(?:\[[^\]]+\]|[^:[\]]+):(\d+)$/.exec(value)?.[1];
  const badPort = port !== undefined && (Number(port) < 1 || Number(port) > 65_535);
  return badPort ? new Complaint('bad-port', `${show(value)} has no valid port: expected 1 to 65535`) : undefined;
}

/** Where to connect to; without a port, on the port the client asked for. */
export const serverAddress = text({
  code: 'bad-address',
  expects: 'an address such as `10.0.1.11:8080`, `[2001:db8::1]:8080` or `ehr1.hospital.example:8080`',
  pattern: /^[^\s/%]+$/,
  examples: ['10.0.1.11:8080', 'ehr1.hospital.example:8080'],
  parse: addressIn,
});

export const listenAddress = text({
  code: 'bad-address',
  expects: 'an address with a port, such as `10.0.0.10:443` or `[2001:db8::10]:443`',
  pattern: /^[^\s/%]+:[0-9]{1,5}$/,
  examples: ['10.0.0.10:443'],
  parse: (value) => {
    const address = addressIn(value);
    if (address === undefined || address instanceof Complaint) return address;
    if (address.port !== undefined) return { host: address.host, port: address.port };
    const written = address.host.includes(':') ? `[${address.host}]` : address.host;
    return new Complaint('bad-port', `a listener needs a port: ${quote(`${written}:443`)}, for example`);
  },
});

export const nameServer = text({
  code: 'bad-address',
  expects: 'the IP address of a name server, such as `10.0.0.53` or `10.0.0.53:5353`',
  pattern: /^[0-9a-fA-F.:[\]]+$/,
  parse: (value) => {
    const address = addressIn(value);
    if (address === undefined || address instanceof Complaint) return address;
    return isIP(address.host) === 0 ? undefined : { host: address.host, port: address.port ?? 53 };
  },
});

export const port = { least: 1, most: 65_535 } as const;

export const network = text({
  code: 'bad-network',
  expects: 'a network such as `10.20.0.0/16`, or an IP address',
  pattern: /^[0-9a-fA-F.:]+(\/[0-9]{1,3})?$/,
  examples: ['10.20.0.0/16'],
  parse: (value) => (!value.includes('%') && isNetwork(value) ? value : undefined),
});

/** In lower case. */
export const hostName = text({
  code: 'bad-host',
  expects: 'a host name such as `ehr.hospital.example`',
  pattern: /^[A-Za-z0-9_.-]{1,254}$/,
  parse: (value) => {
    const host = value.includes(':') ? undefined : parseAddress(value)?.host;
    return host?.toLowerCase();
  },
});

/** What a check puts into the Host header: a host, with or without a port. */
export const hostHeader = text({
  code: 'bad-host',
  expects: 'a host such as `localhost` or `ehr.hospital.example:8443`',
  pattern: /^[^\s/%]{1,260}$/,
  parse: (value) => (addressIn(value) === undefined || addressIn(value) instanceof Complaint ? undefined : value),
});

const URL_PATH = String.raw`(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})`;

export const urlPath = matching({
  code: 'bad-url-path',
  expects: 'a URL path that starts with `/`, without blanks (other characters as `%XX`)',
  pattern: new RegExp(`^/${URL_PATH}{0,1023}$`),
  examples: ['/api'],
});

export const urlPathAndQuery = matching({
  code: 'bad-url-path',
  expects: 'a URL path that starts with `/`, without blanks (other characters as `%XX`)',
  pattern: new RegExp(String.raw`^/${URL_PATH}{0,1023}(?:\?(?:${URL_PATH}|\?){0,1023})?$`),
  examples: ['/health/ready', '/fhir/metadata?_summary=true'],
});

const PRINTABLE = String.raw`[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`;
const BODY = new RegExp(`^${PRINTABLE}{1,256}$`, 'u');

export const bodyText = text({
  code: 'bad-text',
  expects: 'a text of 1 to 256 characters on one line, without control characters',
  parse: (value) => (BODY.test(value) ? value : undefined),
});

const FILE = new RegExp(`^(?:(?!["'\`$\\\\])${PRINTABLE}){1,1024}$`, 'u');

export const file = text({
  code: 'bad-file',
  expects: 'the path of a file, without quotes, backslashes, `$` and control characters',
  examples: ['tls/portal.pem'],
  parse: (value) => (FILE.test(value) && value.trim() === value ? value : undefined),
});

/** A subset of RFC 9110's tokens: the characters that cookie and header names really have. */
export const token = matching({
  code: 'bad-token',
  expects: 'a name of 1 to 64 letters, digits, `-`, `_` and `.`',
  pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/,
});

const AE_TITLE = /^[ -Z[\]-~]{1,16}$/;

/** DICOM's value representation AE (PS3.5 §6.2): blanks around it mean nothing, so they are cut off. */
export const aeTitle = text({
  code: 'bad-ae-title',
  expects: 'an AE title (1–16 printable ASCII characters, no backslash)',
  pattern: AE_TITLE,
  examples: ['ARCHIVE'],
  parse: (value) => {
    if (!AE_TITLE.test(value)) return undefined;
    return value.trim() === '' ? undefined : value.trim();
  },
});

/** MSH-9: message code, trigger event, and structure (HL7 v2.5, 2.15.9.9). */
export const messageType = matching({
  code: 'bad-message-type',
  expects: 'an HL7 message type as in MSH-9, such as `NMQ^N01`',
  pattern: /^[A-Z0-9]{3}(\^[A-Z0-9]{3}(\^[A-Z0-9_]{3,7})?)?$/,
  examples: ['NMQ^N01'],
});

/** One component of MSH-9 (HL7 v2.5, 2.15.9.9): a message code, or a trigger event. */
export const messageCode = matching({
  code: 'bad-message-type',
  expects: 'one component of MSH-9: three capitals or digits, such as `ADT` (`messageType`) or `A01` (`triggerEvent`)',
  pattern: /^[A-Z0-9]{3}$/,
  examples: ['ADT'],
});

/** A field of MSH as far as its first component, which is what is compared. */
export const headerValue = matching({
  code: 'bad-text',
  expects: 'the first component of a field: 1 to 227 printable ASCII characters without `|`, `^`, `~`, `&` and `\\`',
  pattern: /^(?:(?![|^~&\\])[ -~]){1,227}$/,
});

/** A field of a segment. */
export const fieldPlace = matching({
  code: 'bad-field-place',
  expects: 'a field of a segment such as `PID-3`, not of MSH',
  pattern: /^(?!MSH)[A-Z][A-Z0-9]{2}-[1-9][0-9]?$/,
  examples: ['PID-3'],
});

export const none = oneOf(['none']);
