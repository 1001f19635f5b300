import { formatAddress, type Result } from '#lib';
import { err, ok } from '#lib';

import { NO_SENSE, type Framing, wire, type WirePeer } from './wire.ts';

export type WireAnswer = {
  readonly status: number;
  /** As it came over the wire, one letter a byte. */
  readonly body: string;
};

/** A page of one peer that is asked for again and again. */
export type HttpWire = {
  /**
   * One GET. The error is the machine's code, `DEADLINE`, `TOO-LARGE` (4 MiB), `NO-ANSWER`, or `NO-SENSE` where the answer is
   * no HTTP.
   */
  get(within: number, authorization: string | undefined): Promise<Result<WireAnswer, string>>;
  /** Whether a connection is open. */
  isOpen(): boolean;
  close(): void;
};

/** HTTP/1.1 on a connection that is kept (RFC 9112), as little of it as it takes to read a page. */
export function httpWire(peer: WirePeer, uri: string): HttpWire {
  const line = wire(peer);
  const head = `GET ${uri} HTTP/1.1\r\nHost: ${formatAddress(peer)}\r\nUser-Agent: vagus\r\nAccept: */*\r\n`;
  return {
    async get(within, authorization) {
      const question = authorization === undefined ? `${head}\r\n` : `${head}Authorization: ${authorization}\r\n\r\n`;
      const answer = await line.ask(question, framing, within);
      if (!answer.ok) return answer;
      const found = partsOf(answer.value);
      if (found === undefined) return err(NO_SENSE);
      const { status, begin, chunked, closes } = found;
      if (closes) line.hangUp();
      const body = answer.value.slice(begin);
      return ok({ status, body: chunked ? unchunked(body) : body });
    },
    isOpen: () => line.isOpen(),
    close: () => line.hangUp(),
  };
}

type Parts = {
  readonly status: number;
  /** Where the body begins. */
  readonly begin: number;
  readonly length: number | undefined;
  readonly chunked: boolean;
  readonly closes: boolean;
};

/** The longest head that is waited for, bytes. */
const LONGEST_HEAD = 64 * 1024;

const framing: Framing = (text, ended) => {
  const parts = partsOf(text);
  return parts === undefined ? beforeHead(text, ended) : lengthOf(text, parts, ended);
};

/** What has come holds no whole head yet. */
function beforeHead(text: string, ended: boolean): number | undefined {
  const isBeginning = text.length < 5 ? 'HTTP/'.startsWith(text) : text.startsWith('HTTP/1.');
  return !isBeginning || ended || text.length > LONGEST_HEAD ? Number.NaN : undefined;
}

/** How long the answer is, head and body; undefined: it is not whole yet. */
function lengthOf(text: string, { begin, length, chunked }: Parts, ended: boolean): number | undefined {
  const end = chunked ? endOfChunks(text, begin) : length === undefined ? undefined : begin + length;
  if (end === undefined) return ended ? (chunked ? Number.NaN : text.length) : undefined;
  return text.length >= end || Number.isNaN(end) ? end : ended ? Number.NaN : undefined;
}

const STATUS = /^HTTP\/1\.(\d) (\d{3})/;
const LENGTH = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r\n|$)/i;
const CHUNKED = /\r\ntransfer-encoding:[^\r\n]*chunked/i;
const CLOSES = /\r\nconnection:[^\r\n]*close/i;
const KEEPS = /\r\nconnection:[^\r\n]*keep-alive/i;

function partsOf(text: string): Parts | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const head = text.slice(0, end);
  const [, minor, status] = STATUS.exec(head) ?? [];
  if (status === undefined) return undefined;
  const isBare = status === '204' || status === '304';
  const length = LENGTH.exec(head)?.[1];
  return {
    status: Number(status),
    begin: end + 4,
    length: isBare ? 0 : length === undefined ? undefined : Number(length),
    chunked: !isBare && CHUNKED.test(head),
    closes: minor === '0' ? !KEEPS.test(head) : CLOSES.test(head),
  };
}

/** Where the last chunk ends; undefined: it has not come yet. NaN where these are no chunks. */
function endOfChunks(text: string, begin: number): number | undefined {
  let at = begin;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = sizeOf(text.slice(at, lineEnd));
    if (Number.isNaN(size)) return size;
    if (size === 0) {
      if (text.startsWith('\r\n', lineEnd + 2)) return lineEnd + 4;
      const trailers = text.indexOf('\r\n\r\n', lineEnd + 2);
      return trailers === -1 ? undefined : trailers + 4;
    }
    at = lineEnd + 2 + size + 2;
    if (at > text.length) return undefined;
  }
}

const sizeOf = (line: string): number => {
  const digits = /^[0-9a-fA-F]{1,7}(?=[ \t;]|$)/.exec(line)?.[0];
  return digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
};

function unchunked(body: string): string {
  const parts: string[] = [];
  for (let at = 0; ;) {
    const lineEnd = body.indexOf('\r\n', at);
    const size = lineEnd === -1 ? 0 : sizeOf(body.slice(at, lineEnd));
    if (!(size > 0)) return parts.join('');
    parts.push(body.slice(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
