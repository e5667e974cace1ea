import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadKeys } from '@banjie/persistence';

const root = join(__dirname, '../../..');
const textOf = (name: string) => readFileSync(join(root, name), 'utf8');

/** The lines of one service of the compose file. */
function serviceOf(name: string): string {
  const [, block] = new RegExp(`^  ${name}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(textOf('docker-compose.yml')) ?? [];
  if (!block) throw new Error(`no service ${name}`);
  return block;
}

it('gives apps/jobs its home on a volume that it may write to', () => {
  const jobs = serviceOf('jobs');
  const [, home] = /BANJIE_HOME: (\S+)/.exec(jobs) ?? [];
  const [, volume] = new RegExp(`- (\\w+):${home}\n`).exec(jobs) ?? [];
  expect(home).toMatch(/^\/var\/lib\/banjie\/\w+$/);
  expect(textOf('docker-compose.yml').split(/^volumes:$/m)[1]).toMatch(new RegExp(`^  ${volume}:$`, 'm'));
  // A new volume takes the owner of the folder in the image.
  expect(textOf('Dockerfile')).toMatch(new RegExp(`install -d -o node -g node .*${home}(\\s|$)`, 'm'));
  // A list of volumes replaces the one of the anchor: the keys must be in it again.
  expect(jobs).toContain(':/run/banjie-keys:ro');
});

it('describes in the README a key file that the apps can load', () => {
  const [, program] = /^node -e "(.*)" > keys\/keys\.json$/m.exec(textOf('README.md')) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'banjie-keys-'));
  try {
    mkdirSync(join(folder, 'keys'));
    execFileSync('sh', ['-c', `umask 077; "$0" -e "${program}" > keys/keys.json`, process.execPath], { cwd: folder });
    expect(Object.keys(loadKeys(join(folder, 'keys/keys.json'))).length).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
