import { err, ok, type Result } from '#lib';
import type { Telemetry } from '#spec';
import { httpWire, readText } from '#system';

import type { Asked } from '../source.ts';
import { statusInWords, troubleInWords } from '../words.ts';

/** A page of an exporter: its text (one letter a byte), or why there is none. */
export type Page = { get(): Promise<Result<string, string>>; close(): void };

type AskedByHttp = Pick<Asked, 'host' | 'port' | 'secretOf'> & {
  readonly telemetry: Pick<Extract<Telemetry, { uri: string }>, 'uri' | 'tls' | 'authorization' | 'timeout'>;
};

export function page({ host, port, telemetry, secretOf }: AskedByHttp): Page {
  const { uri, tls, authorization, timeout } = telemetry;
  const serverName = typeof tls === 'object' ? tls.serverName : undefined;
  let ca: string | undefined;
  const line = httpWire({ host, port, tls: tls === false ? undefined : () => ({ ca, serverName }) }, uri);
  return {
    async get() {
      if (typeof tls === 'object' && !line.isOpen()) {
        const authorities = readText(tls.verify);
        if (!authorities.ok) return err(authorities.error.message);
        ca = authorities.value;
      }
      const secret = authorization === undefined ? undefined : secretOf(authorization.secret);
      if (secret?.ok === false) return err(secret.error.message);
      const value = secret?.value.reveal();
      if (value !== undefined && !/^[\t\x20-\x7e]+$/.test(value))
        return err(
          `the secret ${authorization?.secret} cannot stand in a header: it has line breaks or letters beyond ASCII`,
        );
      const answer = await line.get(timeout, value);
      if (!answer.ok) return err(troubleInWords(answer.error, timeout));
      return answer.value.status === 200 ? ok(answer.value.body) : err(statusInWords(answer.value.status));
    },
    close: () => line.close(),
  };
}
