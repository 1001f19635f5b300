import { err, type Fault, ok, type Result } from '#lib';

import { fault } from './errors.ts';

/** The PROXY protocol's header, version 2 (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt §2.2). */
const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED = 16;

/** HAProxy's are shorter than this, with all it can be told to add. */
const LONGEST = 4096;

export type ProxyHeader = {
  /** Where the client is: an IP address. Undefined where HAProxy speaks for itself (LOCAL). */
  readonly source: string | undefined;
  /** How long the header is. */
  readonly bytes: number;
};

/** Reads the header off the front of a connection's first bytes; undefined while more are needed. Error: `relay-proxy-header`. */
export function readProxyHeader(bytes: Buffer): Result<ProxyHeader, Fault> | undefined {
  const seen = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.compare(SIGNATURE, 0, seen, 0, seen) !== 0) return err(wrong('does not begin with one'));
  if (bytes.length < FIXED) return undefined;
  const length = FIXED + bytes.readUInt16BE(14);
  const [version, command] = [bytes.readUInt8(12) >> 4, bytes.readUInt8(12) & 0xf];
  if (version !== 2 || command > 1 || length > LONGEST) return err(wrong('has one that is not understood'));
  if (bytes.length < length) return undefined;
  return ok({
    source: command === 1 ? addressIn(bytes.subarray(FIXED, length), bytes.readUInt8(13) >> 4) : undefined,
    bytes: length,
  });
}

/** The source address of a family (1: IPv4, 2: IPv6). */
function addressIn(block: Buffer, family: number): string | undefined {
  if (family === 1 && block.length >= 12) return block.subarray(0, 4).join('.');
  if (family !== 2 || block.length < 36) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => block.readUInt16BE(2 * index).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

const wrong = (what: string): Fault =>
  fault('relay-proxy-header', `a connection must begin with a PROXY header of version 2; this one ${what}`);
