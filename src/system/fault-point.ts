const [place, times = '1'] = (process.env['VAGUS_DIE_AT'] ?? '').split(':');
let passed = 0;

/**
 * A place where a test may have this process killed, as by a power cut, to see that whatever was half done is made whole
 * by the next one: `VAGUS_DIE_AT=NAME` names the place, and `NAME:2` the second time it is passed. Without it, nothing.
 */
export function faultPoint(name: string): void {
  if (name !== place) return;
  passed += 1;
  if (passed === Number(times)) process.kill(process.pid, 'SIGKILL');
}
