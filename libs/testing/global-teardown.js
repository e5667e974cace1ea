const { rmSync } = require('node:fs');

/** Ends the servers that global-setup started, and waits until they are gone. */
module.exports = async () => {
  const started = globalThis.banjieTestServers;
  if (started === undefined) return;
  const { child, folder } = started;
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.stdin.end();
    await gone;
  }
  rmSync(folder, { recursive: true, force: true });
};
