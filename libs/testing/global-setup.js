const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createInterface } = require('node:readline');

// The servers of the tests: those named by BANJIE_TEST_SERVERS (a file written by scripts/test-servers.mjs), or new ones.
// They run under a process of their own that ends them when its stdin ends, so that a killed jest leaves nothing behind.
// Tests find the addresses in BANJIE_TEST_ADMIN_URL, BANJIE_TEST_REDIS_URL, BANJIE_TEST_TEMPORAL, BANJIE_TEST_NAMESPACE.
module.exports = async () => {
  let file = process.env.BANJIE_TEST_SERVERS;
  if (!file) {
    const script = join(__dirname, '../../scripts/test-servers.mjs');
    const child = spawn(process.execPath, [script, '--child'], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    globalThis.banjieTestServers = child;
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(() => []),
    ]);
    if (typeof line !== 'string') throw new Error('the test servers did not start');
    file = line;
    for (const handle of [child, child.stdin, child.stdout]) handle.unref();
  }
  const addresses = JSON.parse(readFileSync(file, 'utf8'));
  process.env.BANJIE_TEST_ADMIN_URL = addresses.ownerAdminUrl;
  process.env.BANJIE_TEST_REDIS_URL = addresses.redisUrl;
  process.env.BANJIE_TEST_TEMPORAL = addresses.temporalAddress;
  process.env.BANJIE_TEST_NAMESPACE = addresses.temporalNamespace ?? 'default';
};
