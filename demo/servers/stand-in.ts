import { flushCompileCache } from 'node:module';
import type { Server } from 'node:net';
import { createInterface } from 'node:readline';
import { pause } from '#system';
import type { AcknowledgementCode } from '#protocols';

/** All that is wrong with a stand-in; an empty object is a healthy one. */
export type Faults = {
  /** Milliseconds added to its work. What health checks ask for stays quick. */
  readonly slow?: number;
  /** HTTP: the status of every answer. */
  readonly status?: number;
  /** DICOM: result, source and reason of an A-ASSOCIATE-RJ (PS3.8 table 9-21) for every association. */
  readonly reject?: readonly [result: number, source: number, reason: number];
  /** DICOM: queries end with the status "refused: out of resources". */
  readonly find?: 'refuse';
  /** HL7: the code of every acknowledgement. */
  readonly ack?: AcknowledgementCode;
};

export type StandIn = {
  /** What is wrong with it at this moment. */
  faults(): Faults;
  /** Counts a piece of work; resolves after `milliseconds` and what the fault `slow` adds. */
  work(milliseconds?: number): Promise<void>;
  /** Starts to listen on the loopback address. Port 0 takes a free one. */
  listen(server: Server, port: number): void;
};

/**
 * Makes this process a stand-in. Every line on standard input is a JSON object with all of its faults from now on, and is
 * answered by one line that says how much it has worked. It ends when standard input does, so that it never outlives who
 * started it. Nothing of what clients send is ever printed.
 */
export function standIn(name: string): StandIn {
  let faults: Faults = {};
  let worked = 0;
  let resets = 0;

  const say = (text: string): void => void process.stdout.write(`${name} ${text}\n`);

  const orders = createInterface({ input: process.stdin });
  orders.on('line', (line) => {
    faults = JSON.parse(line) as Faults;
    say(`has worked ${worked}, now ${JSON.stringify(faults)}`);
  });
  orders.on('close', () => process.exit(0));

  return {
    faults: () => faults,
    async work(milliseconds = 0) {
      worked += 1;
      const time = milliseconds + (faults.slow ?? 0);
      if (time > 0) await pause(time);
    },
    listen(server, port) {
      server.on('connection', (socket) => {
        socket.on('error', (error: NodeJS.ErrnoException) => {
          if (error.code !== 'ECONNRESET') return;
          resets += 1;
          process.stderr.write(`${name}: connection reset by peer (${resets})\n`);
        });
      });
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        if (typeof address === 'object') say(`listens on 127.0.0.1:${address?.port}`);
        // Where whoever started it set NODE_COMPILE_CACHE, the next start takes half the time, though this one may be killed.
        flushCompileCache();
      });
    },
  };
}
