import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

import { endPrograms, type Program, startProgram, temporaryDirectory } from '../../support/programs.ts';
import { freePorts } from '../../support/stand-ins.ts';
import { waitFor } from '../../support/wait.ts';
import { endAll, follow, planOf } from './support.ts';

afterAll(async () => {
  endAll();
  await endPrograms();
});

const CANARY = { community: 'canary-community-7', auth: 'canary-auth-password-7', privacy: 'canary-privacy-7' };

/** Debian's agent. `view`: the part of the tree that it shows. */
async function startSnmpd(view = '.1'): Promise<{ readonly port: number; readonly program: Program }> {
  const [port = 0] = await freePorts(1);
  const directory = temporaryDirectory('snmpd');
  writeFileSync(
    join(directory, 'snmpd.conf'),
    `agentaddress udp:127.0.0.1:${port}
view shown included ${view}
rocommunity ${CANARY.community} default -V shown
createUser vagus SHA-256 "${CANARY.auth}" AES "${CANARY.privacy}"
rouser vagus priv -V shown
`,
  );
  const program = startProgram(
    'snmpd',
    ['-f', '-Lo', '-C', '-c', join(directory, 'snmpd.conf'), '-p', join(directory, 'pid')],
    { environment: { SNMP_PERSISTENT_DIR: directory } },
  );
  return { port, program };
}

const timing = 'interval: 500ms, timeout: 500ms';

test('snmpd by community and by user; what is wrong is said without what was sent', async () => {
  const { port, program } = await startSnmpd();
  const v3 = (auth: string, privacy: string): string =>
    `{ type: snmp, port: ${port}, version: 3, user: vagus, auth: { password: { secret: ${auth} } }, privacy: { password: { secret: ${privacy} } }, ${timing} }`;
  const poller = follow(
    planOf({
      s1: `{ type: snmp, port: ${port}, community: { secret: community }, ${timing} }`,
      s2: v3('auth', 'privacy'),
      s3: `{ type: snmp, port: ${port}, community: { secret: auth }, ${timing} }`,
      s4: v3('privacy', 'auth'),
      s5: `{ type: snmp, port: ${port}, community: { secret: absent }, ${timing} }`,
    }),
    CANARY,
  );
  for (const key of ['web/s1', 'web/s2']) {
    await waitFor(`the CPU of ${key} is known`, () => poller.of(key)?.last?.cpu !== undefined, 20_000);
    const { cpu = -1, memory = -1, connections = -1 } = poller.of(key)?.last ?? {};
    expect(cpu >= 0 && cpu <= 1 && memory > 0 && memory < 1 && connections >= 0).toBe(true);
  }
  await waitFor('a wrong community', () => /silence/.test(poller.of('web/s3')?.trouble ?? ''));
  await waitFor('wrong passwords', () => poller.of('web/s4')?.trouble !== undefined);
  await waitFor('no such secret', () => poller.of('web/s5')?.trouble === 'there is no secret absent');
  expect(poller.of('web/s4')?.last).toBeUndefined();

  program.hang();
  await waitFor('it hangs', () => poller.of('web/s1')?.stale, 20_000);
  program.resume();
  await waitFor('it is back', () => poller.of('web/s1')?.stale === false, 20_000);

  const said = JSON.stringify([...poller.readings()]);
  for (const secret of Object.values(CANARY)) expect(said).not.toContain(secret);
}, 60_000);

test('an agent without UCD-SNMP-MIB is asked for HOST-RESOURCES-MIB', async () => {
  const { port } = await startSnmpd('.1.3.6.1.2.1');
  const poller = follow(
    planOf({ s1: `{ type: snmp, port: ${port}, community: { secret: community }, interval: 1s }` }),
    CANARY,
  );
  await waitFor('it is read', () => poller.of('web/s1')?.last?.memory !== undefined, 20_000);
  const { cpu, memory = -1 } = poller.of('web/s1')?.last ?? {};
  expect(cpu === undefined || (cpu >= 0 && cpu <= 1)).toBe(true);
  expect(memory > 0 && memory <= 1).toBe(true);
}, 60_000);
