import { output, pinned } from './rig.ts';

/** How many clients keep a connection each. */
const CLIENTS = 32;

/** Sends GET requests as fast as they are answered, over keep-alive connections. Anything but 200 is an error. */
export async function requests(
  url: string,
  seconds: number,
  processors: string,
): Promise<{ count: number; seconds: number }> {
  const text = await output(pinned(processors, 'wrk', '-t1', `-c${CLIENTS}`, `-d${seconds}s`, url));
  const [, count, time] = /(\d+) requests in ([\d.]+)s/.exec(text) ?? [];
  if (count === undefined || /Socket errors|Non-2xx/.test(text)) throw new Error(`${url} failed requests:\n${text}`);
  return { count: Number(count), seconds: Number(time) };
}
