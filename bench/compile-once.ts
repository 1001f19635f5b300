import { prepare, renderFor, stateIn } from '#apply';
import { stepsBetween } from '#plan';

import { must } from './must.ts';

/**
 * `node compile-once.ts SPEC DIRECTORY`: checks, plans and renders a spec once, as `vagus plan` does, and prints what that took as
 * JSON. A process of its own each time: nothing is warm, and its memory is its own.
 */
const EVERYTHING = { addServersWithCookie: true, leaveOldAddress: true, largestFile: Infinity };

const begin = performance.now();
const [file = '', directory = ''] = process.argv.slice(2);
const { desired, problems } = must(prepare(file));
if (desired === undefined) throw new Error(problems.map(({ message }) => message).join('\n'));
const steps = stepsBetween(undefined, desired, EVERYTHING).length;
const { files } = renderFor(stateIn(directory), desired);
const workSeconds = (performance.now() - begin) / 1_000;
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
const bytes = String(files.get('haproxy.cfg')).length;
console.log(
  JSON.stringify({
    steps,
    bytes,
    workSeconds,
    megabytes: maxRSS / 1024,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
  }),
);
