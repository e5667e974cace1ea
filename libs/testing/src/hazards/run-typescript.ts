import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const root = join(__dirname, '../../../..');

// Sources are compiled as they are required, rooms lead to their sources: a probe needs no build, just as under jest.
const bootstrap = `
const Module = require('node:module'), { join } = require('node:path');
const { transformFileSync } = require('@swc/core');
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) =>
  resolve(name.startsWith('@banjie/') ? join(process.cwd(), 'libs', name.slice(8), 'src/index.ts') : name, ...rest);
const options = {
  jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true } },
  module: { type: 'commonjs' },
};
require.extensions['.ts'] = (module, file) => module._compile(transformFileSync(file, options).code, file);
require(process.argv[1]);
`;

/** Starts a TypeScript file of this folder as a process of its own: something to kill, or a process in another time zone. */
export function spawnTypescript(file: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, ['-e', bootstrap, join(__dirname, file)], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** All of the standard output of a process that ends by itself. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.on('data', (part) => (output += String(part)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the probe ended with exit code ${String(code)}`);
  return output;
}
