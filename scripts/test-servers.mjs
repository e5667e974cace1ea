// PostgreSQL, Redis and Temporal for tests, kept running until Ctrl-C, so that jest need not start them each time:
//   node scripts/test-servers.mjs              prints the line to export in the shell that runs jest
//   node scripts/test-servers.mjs --child      prints the path of the file with the addresses and ends when its stdin ends
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadServers } from './prepare.mjs';

const isChild = process.argv[2] === '--child';
const { startTestServers } = await loadServers();
const ended = new AbortController();
const stopped = new Promise((resolve) => ended.signal.addEventListener('abort', resolve, { once: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ended.abort());
if (isChild) {
  process.stdin.on('error', () => ended.abort()).on('end', () => ended.abort());
  process.stdin.resume();
}
process.stdout.on('error', () => undefined); // Nobody reads any more: the end of stdin tells the same.

const report = isChild ? () => undefined : (line) => process.stderr.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'banjie-addresses-'));
const file = join(folder, 'servers.json');
let code = 0;
try {
  const servers = await startTestServers(report, ended.signal);
  writeFileSync(file, JSON.stringify(servers.addresses), { mode: 0o600 });
  console.log(isChild ? file : `export BANJIE_TEST_SERVERS=${file}`);
  await Promise.race([stopped, servers.failure]).catch((error) => {
    code = 1;
    process.stderr.write(`${error.message}\n`);
  });
  await servers.stop();
} catch (error) {
  if (!ended.signal.aborted) {
    code = 1;
    process.stderr.write(`${error.name === 'StartFault' ? error.message : error.stack}\n`);
  }
}
rmSync(folder, { recursive: true, force: true });
process.exit(code);
