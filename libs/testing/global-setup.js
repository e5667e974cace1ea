const { spawn } = require('node:child_process');
const { mkdtempSync, existsSync, readFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

// The servers of the tests: those named by BANJIE_TEST_SERVERS (a file written by scripts/test-servers.mjs), or new ones.
// They run under a process of their own that ends them when its stdin ends, so that a killed jest leaves nothing behind.
// Tests find the addresses in BANJIE_TEST_ADMIN_URL, BANJIE_TEST_REDIS_URL, BANJIE_TEST_TEMPORAL, BANJIE_TEST_NAMESPACE.
module.exports = async () => {
  let file = process.env.BANJIE_TEST_SERVERS;
  if (!file) {
    const folder = mkdtempSync(join(tmpdir(), 'banjie-addresses-'));
    file = join(folder, 'servers.json');
    const script = join(__dirname, '../../scripts/test-servers.mjs');
    const child = spawn(process.execPath, [script, '--child', file], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
    globalThis.banjieTestServers = { child, folder };
    while (!existsSync(file)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error('the test servers did not start');
      await sleep(100);
    }
    child.unref();
    child.stdin.unref?.();
  }
  const addresses = JSON.parse(readFileSync(file, 'utf8'));
  process.env.BANJIE_TEST_ADMIN_URL = addresses.ownerAdminUrl;
  process.env.BANJIE_TEST_REDIS_URL = addresses.redisUrl;
  process.env.BANJIE_TEST_TEMPORAL = addresses.temporalAddress;
  process.env.BANJIE_TEST_NAMESPACE = addresses.temporalNamespace ?? 'default';
};
