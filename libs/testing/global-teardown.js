/** Ends the servers that global-setup started, and waits until they are gone. */
module.exports = async () => {
  const child = globalThis.banjieTestServers;
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end();
  await gone;
};
