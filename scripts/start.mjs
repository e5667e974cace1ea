// `npm start`: needs nothing but Node, since it runs before packages are installed and anything is compiled.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { PlainFault, assertNodeVersion, build, endSignal, installIfNeeded, root } from './prepare.mjs';

const signal = endSignal();
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined); // A closed pipe is no fault.
const report = (line) => process.stdout.write(`${line}\n`);

let code;
try {
  assertNodeVersion();
  await installIfNeeded({ report, signal });
  await build({ report, signal });
  const { run } = await import(pathToFileURL(join(root, 'apps/starter/dist/main.js')).href);
  code = await run({ signal, root, env: process.env, report });
} catch (error) {
  if (signal.aborted) code = 0;
  else {
    code = 1;
    process.stderr.write(`${error instanceof PlainFault ? error.message : error.stack}\n`);
  }
}
process.exit(code);
