// PostgreSQL, Redis and Temporal for tests, kept running until Ctrl-C, so that jest need not start them each time:
//   node scripts/test-servers.mjs              prints the line to export in the shell that runs jest
//   node scripts/test-servers.mjs --child      prints the path of the file with the addresses and ends when its stdin ends
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'package.json'));
const isChild = process.argv[2] === '--child';
const compiled = spawnSync(
  process.execPath,
  [require.resolve('typescript/bin/tsc'), '-b', join(root, 'libs/servers')],
  {
    stdio: ['ignore', 2, 2],
  },
);
// A fault in a source being written elsewhere is no reason to refuse the servers that were compiled before.
const entry = join(root, 'libs/servers/dist/index.js');
if (compiled.status !== 0 && !existsSync(entry)) process.exit(1);

const { startTestServers } = require(entry);
const ended = new AbortController();
const stopped = new Promise((resolve) => ended.signal.addEventListener('abort', resolve, { once: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ended.abort());
if (isChild)
  process.stdin
    .on('end', () => ended.abort())
    .on('error', () => ended.abort())
    .resume();

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
