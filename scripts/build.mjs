// Compiles every room with the TypeScript project references, then bundles the workflows once for the worker.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { existsSync, statSync, readdirSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'package.json'));

const compiler = require.resolve('typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-b', root], { stdio: 'inherit' });
if (compiled.status !== 0) process.exit(compiled.status ?? 1);

const newest = (dir) =>
  readdirSync(dir, { recursive: true })
    .filter((name) => name.endsWith('.js') && name !== 'bundle.js')
    .reduce((latest, name) => Math.max(latest, statSync(join(dir, name)).mtimeMs), 0);

const bundlePath = join(root, 'workflows/dist/bundle.js');
const inputs = ['workflows/dist', 'libs/domain/dist', 'libs/contracts/dist'].map((room) => join(root, room));
const stale = !existsSync(bundlePath) || inputs.some((dir) => newest(dir) > statSync(bundlePath).mtimeMs);
if (stale && existsSync(join(root, 'workflows/dist/index.js'))) {
  const bundled = spawnSync(process.execPath, [join(root, 'scripts/bundle-workflows.mjs')], { stdio: 'inherit' });
  if (bundled.status !== 0) process.exit(bundled.status ?? 1);
}
