import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The compiled file: it is loaded by plain node. */
const preload = resolve(__dirname, '../dist/exit-with-parent.js');

function child(program: string) {
  return spawn(process.execPath, ['-r', preload, '-e', program], { stdio: ['pipe', 'pipe', 'inherit'] });
}

describe('a child tied to its parent', () => {
  it('is asked to end when the parent is gone, and not before, whatever threads it runs', async () => {
    const thread = `new (require('worker_threads').Worker)('setInterval(() => {}, 1000)', { eval: true }).once('online', () => console.log('up'))`;
    const running = child(`${thread}; process.on('SIGTERM', () => { console.log('asked'); process.exit(7) })`);
    await once(running.stdout, 'data');
    await new Promise((done) => setTimeout(done, 300));
    expect(running.exitCode).toBeNull();
    running.stdin.end();
    const [said] = (await once(running.stdout, 'data')) as [Buffer];
    expect(said.toString()).toBe('asked\n');
    await expect(once(running, 'exit')).resolves.toEqual([7, null]);
  });

  it('ends by itself when its work is done', async () => {
    await expect(once(child(''), 'exit')).resolves.toEqual([0, null]);
  });
});
