// Builds workflows/dist/bundle.js with the exact SDK version that will run it.
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(join(root, 'apps/worker/package.json'));
const { bundleWorkflowCode } = require('@temporalio/worker');

const quiet = { trace() {}, debug() {}, info() {}, log() {}, warn: console.error, error: console.error };
const { code } = await bundleWorkflowCode({ workflowsPath: join(root, 'workflows/dist/index.js'), logger: quiet });
writeFileSync(join(root, 'workflows/dist/bundle.js'), code);
