import type { ServerModel } from './types.ts';

/** A request on its way. */
export type Request = {
  readonly id: number;
  readonly at: number;
  readonly class: number;
  /** How long a worker of speed 1 needs for it, in ms. */
  readonly work: number;
  /** Drawn once, so that it meets the same luck under every policy. */
  readonly luck: number;
  dispatched: number;
  waited: number;
  tries: number;
  /** Answered, timed out or lost: HAProxy has forgotten it, though a worker may still be at it. */
  over: boolean;
};

export const newRequest = (drawn: Pick<Request, 'id' | 'at' | 'class' | 'work' | 'luck'>): Request => ({
  ...drawn,
  dispatched: 0,
  waited: 0,
  tries: 0,
  over: false,
});

/** How long an error that comes at once takes. */
const FAST_ERROR = 1;

type Job = { readonly request: Request; readonly finish: number; readonly failed: boolean };

/**
 * A server as it is: workers that take requests in the order in which they came. Its clock is the work that a worker has
 * done so far, so that a change of speed changes when jobs finish, and not the jobs.
 */
export type Server = {
  readonly model: ServerModel;
  speed: number;
  failing: number;
  running: boolean;
  clock: number;
  seenAt: number;
  busy: Job[];
  readonly waiting: Request[];
};

export const newServer = (model: ServerModel): Server => ({
  model,
  speed: 1,
  failing: 0,
  running: true,
  clock: 0,
  seenAt: 0,
  busy: [],
  waiting: [],
});

/** Moves the server's own clock to `now`. */
export function advance(server: Server, now: number): void {
  server.clock += (now - server.seenAt) * server.speed;
  server.seenAt = now;
}

export function accept(server: Server, request: Request, now: number): void {
  advance(server, now);
  server.waiting.push(request);
  startJobs(server);
}

function startJobs(server: Server): void {
  while (server.busy.length < server.model.workers) {
    const request = server.waiting.shift();
    if (request === undefined) return;
    // A request whose client was told of a time-out before its turn is not begun.
    if (request.over) continue;
    const failed = request.luck < server.failing;
    server.busy.push({ request, failed, finish: server.clock + (failed ? FAST_ERROR : request.work) });
  }
}

/** When the next job is done if nothing changes. */
export function nextFinish(server: Server): number {
  if (server.busy.length === 0 || server.speed === 0) return Infinity;
  let first = Infinity;
  for (const { finish } of server.busy) if (finish < first) first = finish;
  return server.seenAt + Math.max(0, first - server.clock) / server.speed;
}

/** Takes out the job that is done, and begins the next. */
export function finishOne(server: Server, now: number): Job {
  advance(server, now);
  const index = server.busy.reduce(
    (least, { finish }, at) => (finish < (server.busy[least]?.finish ?? Infinity) ? at : least),
    0,
  );
  const [job] = server.busy.splice(index, 1);
  startJobs(server);
  return job!;
}

/** Everything that it had is gone: what a crash leaves. */
export function crash(server: Server): readonly Request[] {
  const lost = [...server.busy.map(({ request }) => request), ...server.waiting];
  server.busy = [];
  server.waiting.length = 0;
  return lost;
}
