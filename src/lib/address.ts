import { isIP, isIPv4, isIPv6 } from 'node:net';

/** Where to listen or connect. `host` is an IP address without brackets, or a DNS name. */
export type Address = { readonly host: string; readonly port: number };

/** An address whose port may be left to the context: a server of a multi-port service has none. */
export type HostAndMaybePort = { readonly host: string; readonly port: number | undefined };

const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*\.?$/i;

/**
 * Reads `10.0.0.1:443`, `[2001:db8::1]:443`, `ehr1.hospital.example:443`, and each of them without a port
 * (an IPv6 address needs its brackets only where a port follows). Ports are 1–65535. Undefined where it is none of these.
 */
export function parseAddress(text: string): HostAndMaybePort | undefined {
  if (isIPv6(text)) return { host: text, port: undefined };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  if (bracketed !== undefined) return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
  if (plain === undefined) return undefined;
  return isIPv4(plain) || (DNS_NAME.test(plain) && !/^[\d.]+$/.test(plain)) ? { host: plain, port } : undefined;
}

/** Writes an address the way it was read: IPv6 in brackets. */
export function formatAddress(address: HostAndMaybePort): string {
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  return address.port === undefined ? host : `${host}:${address.port}`;
}

/** True where the host has to be looked up before one can connect to it. */
export const isName = (host: string): boolean => isIP(host) === 0;

/** True for `10.0.0.0/16`, `2001:db8::/32`, and a single address. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
