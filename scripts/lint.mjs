// Typed lint, then the arrows between the rooms. Exit code 0 only when both find nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const binary = (path) => join(root, 'node_modules', path);
const rooms = ['libs', 'workflows', 'activities', 'apps', 'bench', 'examples'].filter((room) =>
  existsSync(join(root, room)),
);

const steps = [
  [
    'eslint',
    [binary('eslint/bin/eslint.js'), '--no-error-on-unmatched-pattern', ...rooms.map((room) => `${room}/**/*.ts`)],
  ],
  [
    'dependency-cruiser',
    [binary('dependency-cruiser/bin/dependency-cruise.mjs'), '--config', '.dependency-cruiser.cjs', ...rooms],
  ],
];
let failed = false;
for (const [name, args] of steps) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    failed = true;
    process.stderr.write(`lint: ${name} found faults\n`);
  }
}
process.exit(failed ? 1 : 0);
