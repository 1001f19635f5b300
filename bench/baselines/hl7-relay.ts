import { parseArgs } from 'node:util';

import { Client, type InboundResponse, Message, type Connection } from 'node-hl7-client';
import { Server } from 'node-hl7-server';

/**
 * `node hl7-relay.ts PORT CONNECTIONS SERVER-PORT…`: the relay that one writes in an afternoon with two libraries: what a sender's
 * message says goes to the server with the fewest messages under way, on one of so many connections, and the sender is told the
 * code that the server told. Nothing is ordered, checked, timed or tried again.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const [port = 0, connections = 0, ...serverPorts] = positionals.map(Number);

type Waiting = { readonly text: string; readonly answer: (code: string) => void };

const waiting: Waiting[] = [];
const idle: ((next: Waiting) => void)[] = [];

for (let each = 0; each < connections; each += 1) for (const serverPort of serverPorts) open(serverPort);

function open(serverPort: number): void {
  let current: Waiting | undefined;
  const connection: Connection = new Client({ host: '127.0.0.1', version: '2.5' }).createConnection(
    { port: serverPort, version: '2.5' },
    answered,
  );
  connection.on('connect', () => idle.push(send));

  function send(next: Waiting): void {
    current = next;
    void connection.sendMessage(new Message({ text: next.text }));
  }

  function answered(response: InboundResponse): Promise<void> {
    const done = current;
    current = undefined;
    done?.answer(response.getMessage().get('MSA.1').toString());
    // Until this has returned, the library takes the connection for one that still waits, and would open another.
    setImmediate(free);
    return Promise.resolve();
  }

  function free(): void {
    const next = waiting.shift();
    if (next === undefined) idle.push(send);
    else send(next);
  }
}

new Server({ bindAddress: '127.0.0.1' }).createInbound({ port }, (request, response) => {
  const answer = (code: string): void => void response.sendResponse(code as 'AA' | 'AE' | 'AR');
  const next = { text: request.getMessage().toString(), answer };
  const send = idle.shift();
  if (send === undefined) waiting.push(next);
  else send(next);
});
