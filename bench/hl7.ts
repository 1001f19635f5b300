import { type Share, shareProcessors } from './cpus.ts';
import { backlog } from './hl7/backlog.ts';
import { type Entrance, type Hl7Sample, openEntrance, rated, sendTo, startRelay, type Timed } from './hl7/entrances.ts';
import { idle } from './hl7/idle.ts';
import { alternate, type Contender, type Samples, spread } from './measure.ts';
import { compared, type Figure, sized } from './report.ts';
import { output, pinned, type Rig } from './rig.ts';
import type { Suite } from './suite.ts';

const DIRECT = 'Vagus, direct';
const stored = (senders: number): string => `Vagus, stored, ${senders} senders`;
const PLAIN = 'HAProxy forwarding TCP';
/** A second process with the same configuration: what two equals differ by on this machine. */
const TWIN = 'the same again';
const PASS = 'a bare Node pass-through';
const LIBRARIES = 'node-hl7-server and -client';
const disk = (senders: number): string => `the disk alone, ${senders} at once`;
const BESIDE = 'Vagus, direct, while others are stored';

/** Senders that wait for each acknowledgement. */
const SENDERS = 16;
/** The more send, the more share a write to the disk. */
const MANY_SENDERS = 64;

/** How long a round lasts. */
const SECONDS = 1;

/** HL7 message by message: what the relay costs beside forwarding whole connections, and what it may cost where it stores. */
export const hl7Suite: Suite = {
  name: 'hl7',
  rounds: 9,
  async measure(rig, { rounds, say }) {
    const share = shareProcessors();
    const figures: Figure[] = [];
    const samples: Record<string, Samples> = {};
    for (const delay of [0, 2]) {
      const what = delay === 0 ? 'receivers at once' : `receivers in ${delay} ms`;
      const found = await direct(rig, share, { delay, rounds, say: (text) => say(`direct, ${what}, ${text}`) });
      samples[what] = found;
      figures.push(...directFigures(`HL7, ${what}: messages`, found));
    }
    const found = await store(rig, share, rounds, (text) => say(`stored, ${text}`));
    samples['stored'] = found;
    figures.push(...storedFigures(found));
    const { services, count } = await backlogOf(rig, share, rounds);
    figures.push(...(await backlog(rig, share, { services, count }, say)), ...(await idle(rig, share, say)));
    return { figures, samples };
  },
};

/** A million messages; a tenth of it where it is only to be seen that it works. */
async function backlogOf(rig: Rig, share: Share, rounds: number) {
  const servers = serversOf(await startReceivers(rig, share, 0), SENDERS);
  const services = [{ name: 'stored', delivery: 'stored', destinations: [{ servers }] }];
  return { services, count: rounds < hl7Suite.rounds ? 100_000 : 1_000_000 };
}

type Receivers = readonly number[];

/** Two receivers in one process, that acknowledge after so many ms. */
async function startReceivers(rig: Rig, { others }: Share, delay: number): Promise<Receivers> {
  const ports = [await rig.port(), await rig.port()];
  const script = `${import.meta.dirname}/hl7/receive.ts`;
  await rig.serve(pinned(others, process.execPath, script, String(delay), ...ports.map(String)), ports);
  return ports;
}

/** The receivers as a relay's servers, with as many connections as there are senders. */
const serversOf = (ports: Receivers, senders: number) =>
  ports.map((port, index) => ({
    name: `engine${index}`,
    address: `127.0.0.1:${port}`,
    connections: senders / ports.length,
  }));

const linesOf = (ports: Receivers): readonly string[] =>
  ports.map((port, index) => `server engine${index} 127.0.0.1:${port}`);

type Effort = { readonly delay: number; readonly rounds: number; readonly say: (text: string) => void };

async function direct(rig: Rig, share: Share, { delay, rounds, say }: Effort): Promise<Samples> {
  const ports = await startReceivers(rig, share, delay);
  const services = [{ name: 'adt', destinations: [{ servers: serversOf(ports, SENDERS) }] }];
  const relay = await startRelay(rig, share, { name: `direct${delay}`, services });
  const entrances = [
    await openEntrance(rig, share, { name: DIRECT, servers: [relay.serverOf('adt')], behind: [relay.pid] }),
    await openEntrance(rig, share, { name: PLAIN, servers: linesOf(ports) }),
    await openEntrance(rig, share, { name: TWIN, servers: linesOf(ports) }),
    await passThrough(rig, share, ports, delay),
    await libraries(rig, share, ports),
  ];
  const contenders = entrances.map((entrance) => contender(entrance, share, SENDERS));
  return alternate(contenders, rounds, say);
}

const contender = (entrance: Entrance, share: Share, connections: number): Contender => ({
  name: entrance.name,
  round: () => sendTo(entrance, share, { connections, seconds: SECONDS }),
});

async function passThrough(rig: Rig, share: Share, ports: Receivers, delay: number): Promise<Entrance> {
  const socket = rig.path(`pass${delay}.sock`);
  const script = `${import.meta.dirname}/baselines/pass.ts`;
  const pid = await rig.serve(pinned(share.proxy, process.execPath, script, socket, ...ports.map(String)), []);
  return openEntrance(rig, share, { name: PASS, servers: [`server pass unix@${socket} send-proxy-v2`], behind: [pid] });
}

async function libraries(rig: Rig, share: Share, ports: Receivers): Promise<Entrance> {
  const port = await rig.port();
  const script = `${import.meta.dirname}/baselines/hl7-relay.ts`;
  const argv = [process.execPath, script, port, SENDERS / ports.length, ...ports].map(String);
  const pid = await rig.serve(pinned(share.proxy, ...argv), [port]);
  return openEntrance(rig, share, { name: LIBRARIES, servers: [`server relay 127.0.0.1:${port}`], behind: [pid] });
}

async function store(rig: Rig, share: Share, rounds: number, say: (text: string) => void): Promise<Samples> {
  const ports = await startReceivers(rig, share, 0);
  const services = [
    { name: 'stored', delivery: 'stored', destinations: [{ servers: serversOf(ports, SENDERS) }] },
    { name: 'direct', destinations: [{ servers: serversOf(ports, SENDERS) }] },
  ];
  const relay = await startRelay(rig, share, { name: 'stored', services });
  const behind = [relay.pid];
  const entrance = await openEntrance(rig, share, { name: 'stored', servers: [relay.serverOf('stored')], behind });
  const beside = await openEntrance(rig, share, { name: BESIDE, servers: [relay.serverOf('direct')], behind });
  const contenders: readonly Contender[] = [
    ...[SENDERS, MANY_SENDERS].flatMap((senders) => [
      { ...contender(entrance, share, senders), name: stored(senders) },
      { name: disk(senders), round: () => commit(rig, senders) },
    ]),
    { ...contender(beside, share, 1), name: `${DIRECT}, alone` },
    {
      name: BESIDE,
      async round() {
        // The others begin before, and end after.
        const others = sendTo(entrance, share, { connections: SENDERS, seconds: SECONDS + 1 });
        const sample = await sendTo(beside, share, { connections: 1, seconds: SECONDS });
        await others;
        return sample;
      },
    },
  ];
  return alternate(contenders, rounds, say);
}

/** The same bytes, in groups as large as the relay's can be, straight to the disk that has the journal. */
async function commit(rig: Rig, group: number): Promise<Hl7Sample> {
  const script = `${import.meta.dirname}/hl7/commit.ts`;
  const argv = [process.execPath, script, rig.path('commit'), String(group), String(SECONDS)];
  return rated(JSON.parse(await output(argv)) as Timed);
}

function directFigures(what: string, samples: Samples): readonly Figure[] {
  return [
    compared(what, samples, DIRECT, PLAIN, 'perSecond', 0.9),
    compared(what, samples, PLAIN, TWIN, 'perSecond'),
    compared(what, samples, DIRECT, PASS, 'perSecond'),
    compared(what, samples, LIBRARIES, DIRECT, 'perSecond'),
    compared(what, samples, DIRECT, PLAIN, 'perCpuSecond'),
    compared(what, samples, DIRECT, PASS, 'perCpuSecond'),
    added(what.replace('messages', 'added at p99'), samples, DIRECT, PLAIN),
  ];
}

function storedFigures(samples: Samples): readonly Figure[] {
  return [
    ...[SENDERS, MANY_SENDERS].flatMap((senders) => storedBy(senders, samples)),
    added('HL7, direct while others are stored: added at p99', samples, BESIDE, `${DIRECT}, alone`),
  ];
}

/** Enough a second, or half of what the disk allows, is what is asked for. */
function storedBy(senders: number, samples: Samples): readonly Figure[] {
  const name = stored(senders);
  const rounds = columnOf(samples, name);
  return [
    {
      name: `HL7: ${name}: messages`,
      spread: spread(rounds.map(({ perSecond }) => perSecond)),
      unit: '/s',
      target: { atLeast: 5_000 },
      note: 'or half of what the disk allows',
    },
    compared('HL7: messages', samples, name, disk(senders), 'perSecond'),
    {
      name: `HL7: ${name}: p99 of an acknowledgement`,
      spread: spread(rounds.map(({ p99 }) => p99)),
      unit: 'ms',
      target: { below: 20 },
      note: '',
    },
  ];
}

/** What one contender's p99 is above another's, round by round. */
function added(name: string, samples: Samples, over: string, under: string): Figure {
  const [a, b] = [columnOf(samples, over), columnOf(samples, under)];
  const middle = (all: readonly Hl7Sample[]): string => sized(spread(all.map(({ p99 }) => p99)).median);
  return {
    name: `${name}, ${over} − ${under}`,
    spread: spread(a.map(({ p99 }, round) => p99 - (b[round]?.p99 ?? Number.NaN))),
    unit: 'ms',
    target: { below: 1 },
    note: `${middle(a)} − ${middle(b)}`,
  };
}

const columnOf = (samples: Samples, name: string): readonly Hl7Sample[] => (samples.get(name) ?? []) as Hl7Sample[];
