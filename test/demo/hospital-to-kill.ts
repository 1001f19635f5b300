import { startHospital } from '#demo';

// A program with a hospital in it, for a test that kills it: prints the pids of its servers, one of which hangs.

const started = await startHospital({ stateDirectory: process.argv[2] ?? '', orthanc: false });
if (!started.ok) throw started.error;
await started.value.act('hang', 'pacs2');
process.stdout.write(`${started.value.servers.map((server) => server.pid()).join(' ')}\n`);
setInterval(() => undefined, 1_000);
