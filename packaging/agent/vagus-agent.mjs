#!/usr/bin/env node
// Vagus' agent for Linux servers: tells a load balancer how busy this machine is. One file, no dependencies, Node 18 or newer.
//
//   vagus-agent.mjs [--port 3333] [--metrics-port 9100] [--listen ::]      a port `off` is not opened
//
// On --port it speaks the words of HAProxy's agent-check: `75%` asks for three quarters of the server's weight. It never
// says that the server is down, nor that it is up: whether it works, checks have to find out. It offers `#keep-alive`: who
// answers `keep-alive` and a line break is told again, on the same connection, for each line break that it sends.
// On --metrics-port it speaks Prometheus' text format, under the names of node_exporter.

import { readFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

/** How often the machine is looked at, ms. */
const LOOK = 500;

/** What the CPU does is averaged over about so long, ms: one busy moment is no news. */
const MEMORY_OF_CPU = 2_000;

/** Up to here full memory is nothing to speak of; from here on it asks for less and less. */
const MEMORY_FREE = 0.8;

/** A load balancer takes `0%` for "drain", which is not ours to say. */
const LEAST = 1;

/** How long a connection may be without a question, ms: before it is kept, and once it is. */
const OFFER = 250;
const KEPT = 120_000;
const MOST_CONNECTIONS = 256;
const LONGEST_QUESTION = 256;

const USAGE = 'usage: vagus-agent.mjs [--port 3333|off] [--metrics-port 9100|off] [--listen ::]';

/** The modes of a CPU in /proc/stat, in their order; `guest` and `guest_nice` are within the first two. */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];

/** Clock ticks a second: the same on every Linux that runs Node. */
const TICKS = 100;

const read = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

/** Seconds that each core has spent in each mode since it started. */
function cpuTimes() {
  return [...read('/proc/stat').matchAll(/^cpu(\d+) (.+)$/gm)].map(([, core, ticks]) => ({
    core,
    seconds: ticks
      .split(' ')
      .slice(0, MODES.length)
      .map((tick) => Number(tick) / TICKS),
  }));
}

/** Bytes, by the names of /proc/meminfo. */
function memoryBytes() {
  const lines = read('/proc/meminfo').matchAll(/^(\w+):\s+(\d+) kB$/gm);
  return Object.fromEntries([...lines].map(([, name, kib]) => [name, Number(kib) * 1024]));
}

/** TCP sockets in use, by IP version. */
function sockets() {
  const inUse = (path, protocol) => Number(new RegExp(`^${protocol}: inuse (\\d+)`, 'm').exec(read(path))?.[1] ?? 0);
  return { four: inUse('/proc/net/sockstat', 'TCP'), six: inUse('/proc/net/sockstat6', 'TCP6') };
}

/** Pressure stall information: seconds that something waited for it, and the share of the last ten. Undefined on old kernels. */
function pressure(resource) {
  const [, tenth, total] = /^some avg10=([\d.]+) .*total=(\d+)/m.exec(read(`/proc/pressure/${resource}`)) ?? [];
  return total === undefined ? undefined : { share: Number(tenth) / 100, seconds: Number(total) / 1e6 };
}

let before = cpuTimes();
let busy = 0;
let known = false;

function look() {
  const now = cpuTimes();
  let idle = 0;
  let all = 0;
  for (const { core, seconds } of now) {
    const then = before.find((one) => one.core === core);
    if (then === undefined) continue;
    seconds.forEach((value, mode) => {
      const spent = Math.max(0, value - then.seconds[mode]);
      all += spent;
      if (MODES[mode] === 'idle' || MODES[mode] === 'iowait') idle += spent;
    });
  }
  before = now;
  if (all <= 0) return;
  const share = 1 - idle / all;
  busy = known ? busy + (share - busy) * Math.min(1, LOOK / MEMORY_OF_CPU) : share;
  known = true;
}

const clamp = (value) => Math.min(1, Math.max(0, value));

/** The share of its weight that this machine asks for, percent: what is left of what it is shortest of. */
function wish() {
  const { MemTotal: total = 0, MemAvailable: available = total } = memoryBytes();
  const used = total > 0 ? 1 - available / total : 0;
  const room = clamp((1 - used) / (1 - MEMORY_FREE));
  const stalled = pressure('memory')?.share ?? 0;
  return Math.max(LEAST, Math.round(100 * Math.min(clamp(1 - busy), room, clamp(1 - stalled))));
}

function metrics() {
  const lines = [];
  const family = (name, type, help, samples) => {
    lines.push(
      `# HELP ${name} ${help}`,
      `# TYPE ${name} ${type}`,
      ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
    );
  };
  const memory = memoryBytes();
  const { four, six } = sockets();
  family(
    'node_cpu_seconds_total',
    'counter',
    'Seconds the CPUs spent in each mode.',
    cpuTimes().flatMap(({ core, seconds }) =>
      seconds.map((value, mode) => [`{cpu="${core}",mode="${MODES[mode]}"}`, value]),
    ),
  );
  for (const name of ['MemTotal', 'MemFree', 'MemAvailable', 'Buffers', 'Cached', 'SwapTotal', 'SwapFree']) {
    if (memory[name] !== undefined)
      family(`node_memory_${name}_bytes`, 'gauge', `${name} of /proc/meminfo.`, [['', memory[name]]]);
  }
  family('node_sockstat_TCP_inuse', 'gauge', 'TCP sockets in use.', [['', four]]);
  family('node_sockstat_TCP6_inuse', 'gauge', 'TCP sockets in use over IPv6.', [['', six]]);
  for (const resource of ['cpu', 'io', 'memory']) {
    const stalls = pressure(resource);
    if (stalls)
      family(
        `node_pressure_${resource}_waiting_seconds_total`,
        'counter',
        `Seconds that something waited for ${resource}.`,
        [['', stalls.seconds]],
      );
  }
  family('vagus_agent_wish_ratio', 'gauge', 'The share of its weight that this machine asks for.', [
    ['', wish() / 100],
  ]);
  return `${lines.join('\n')}\n`;
}

/** A line to whoever connects, and one more for each question of those who keep the connection. */
function answerFeedback(socket) {
  const tell = () => socket.write(`${wish()}% #keep-alive\n`);
  let kept = false;
  let rest = '';
  socket.setEncoding('latin1');
  socket.setTimeout(OFFER, () => (kept ? socket.destroy() : socket.end()));
  socket.on('error', () => socket.destroy());
  socket.on('data', (text) => {
    const questions = (rest + text).split('\n');
    rest = questions.pop();
    if (rest.length > LONGEST_QUESTION) return socket.destroy();
    for (const question of questions) {
      if (question.trim() === 'keep-alive') {
        kept = true;
        socket.setTimeout(KEPT);
      } else if (kept) tell();
    }
  });
  tell();
}

function answerMetrics(request, response) {
  const isPage = /^\/(metrics)?([?]|$)/.test(request.url);
  const mayRead = request.method === 'GET' || request.method === 'HEAD';
  const body = !mayRead ? 'GET /metrics\n' : isPage ? metrics() : 'Not here: see /metrics\n';
  response.writeHead(!mayRead ? 405 : isPage ? 200 : 404, {
    'Content-Type': 'text/plain; version=0.0.4; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function portOf(written, name) {
  if (written === 'off') return undefined;
  const port = Number(written);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`--${name} ${written} is no port`);
}

/** Runs until it is ended. Returns a stopper; `print` is told which ports are open. */
export function runAgent(argv, print, fail) {
  const { values } = parseArgs({
    args: argv,
    options: {
      port: { type: 'string', default: '3333' },
      'metrics-port': { type: 'string', default: '9100' },
      listen: { type: 'string', default: '::' },
    },
  });
  const feedbackPort = portOf(values.port, 'port');
  const metricsPort = portOf(values['metrics-port'], 'metrics-port');
  const timer = setInterval(look, LOOK);
  const servers = [];
  const open = (server, port, what) => {
    server.maxConnections = MOST_CONNECTIONS;
    server.on('error', (cause) =>
      fail(`${what} on port ${port}: ${cause.code === 'EADDRINUSE' ? 'something else listens there' : cause.message}`),
    );
    // A machine without IPv6 listens on IPv4.
    const listen = (host) => server.listen({ host, port }, () => print(`${what} on port ${server.address().port}`));
    listen(values.listen === '::' && read('/proc/net/if_inet6') === '' ? '0.0.0.0' : values.listen);
    servers.push(server);
  };
  if (feedbackPort !== undefined) open(createServer(answerFeedback), feedbackPort, 'feedback');
  if (metricsPort !== undefined)
    open(createHttpServer({ keepAliveTimeout: KEPT }, answerMetrics), metricsPort, 'metrics');
  return () => {
    clearInterval(timer);
    for (const server of servers) {
      server.close();
      server.closeAllConnections?.();
    }
  };
}

if (process.argv[1] !== undefined && import.meta.url.endsWith(`/${process.argv[1].split('/').at(-1)}`)) {
  const fail = (text) => {
    process.stderr.write(`vagus-agent: ${text}\n`);
    process.exit(1);
  };
  try {
    const stop = runAgent(process.argv.slice(2), (text) => process.stdout.write(`${text}\n`), fail);
    for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => (stop(), process.exit(0)));
  } catch (cause) {
    fail(`${cause.message}\n${USAGE}`);
  }
}
