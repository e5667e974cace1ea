#!/usr/bin/env node
'use strict';
// Tracked as it is, so that npm links it on every install; the program itself is compiled into ../dist.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const room = join(__dirname, '..');
const parts = [join(room, 'dist/main.js'), join(room, '../../libs/domain/dist/index.js')];
const complete = () => parts.every((part) => existsSync(part));

if (!complete()) {
  process.stderr.write('banjie 尚未编译,正在编译所需部分,请稍候……\n');
  const { spawnSync } = require('node:child_process');
  let compiler;
  try {
    compiler = require.resolve('typescript/bin/tsc');
  } catch {
    process.stderr.write('没有找到编译器:请先在项目根目录运行 npm ci。\n');
    process.exit(2);
  }
  // The compiler's report goes to stderr: stdout belongs to the answer.
  const build = spawnSync(process.execPath, [compiler, '-b', room], { stdio: ['ignore', 'pipe', 'inherit'] });
  if (build.status !== 0) process.stderr.write(build.stdout);
  if (!complete()) {
    process.stderr.write('编译没有成功:请在项目根目录运行 npm run build 查看原因。\n');
    process.exit(2);
  }
}

void require('../dist/main.js')
  .main(process.argv.slice(2))
  .then((code) => {
    // Not process.exit: what was written to a pipe has to get out first.
    process.exitCode = code;
  });
