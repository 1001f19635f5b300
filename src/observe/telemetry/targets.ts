import { formatAddress } from '#lib';
import { type Desired, serverLabel } from '#plan';
import type { Telemetry } from '#spec';

/** A server whose telemetry is read, and where. */
export type TelemetryTarget = {
  /** `backend/server`. */
  readonly key: string;
  /** As people write it. */
  readonly label: string;
  readonly host: string;
  readonly port: number;
  readonly telemetry: Telemetry;
};

/** All servers of a plan whose telemetry is to be read. */
export const targetsOf = ({ backends }: Desired): readonly TelemetryTarget[] =>
  backends.flatMap((backend) =>
    backend.servers.flatMap(({ name, address, telemetry }): TelemetryTarget[] => {
      const port = telemetry?.port ?? address.port;
      if (telemetry === undefined || port === undefined) return [];
      const label = serverLabel(backend, name);
      return [{ key: `${backend.name}/${name}`, label, host: address.host, port, telemetry }];
    }),
  );

/** The same for servers that give the same answers: they are asked once. */
export function sourceKey({ host, port, telemetry }: TelemetryTarget): string {
  const { path: _, ...source } = telemetry;
  return `${formatAddress({ host, port })} ${JSON.stringify(source)}`;
}
