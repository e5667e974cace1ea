// `npm run examples`: compiles the generator, then writes (or with --check compares) examples/packages.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'package.json'));
const run = (args) => spawnSync(process.execPath, args, { stdio: 'inherit', cwd: root }).status ?? 1;

const compiled = run([require.resolve('typescript/bin/tsc'), '-b', join(root, 'examples')]);
process.exit(compiled !== 0 ? compiled : run([join(root, 'examples/dist/main.js'), ...process.argv.slice(2)]));
