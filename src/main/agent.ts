import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import type { AgentOptions } from '#cli';

/** The agent is one file that is copied to servers, where there is nothing else of ours. */
const AGENT = fileURLToPath(new URL('../../packaging/agent/vagus-agent.mjs', import.meta.url));

/** Runs the agent until it ends, or we are told to. Returns its exit code. */
export async function runAgent({ port, metricsPort, listen }: AgentOptions): Promise<number> {
  const args = ['--port', port, '--metrics-port', metricsPort, '--listen', listen];
  const agent = spawn(process.execPath, [AGENT, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void agent.kill(signal));
  const [code] = (await once(agent, 'exit')) as [number | null];
  return code ?? 1;
}
