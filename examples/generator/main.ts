import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makePackages } from './write-packages';

/** `npm run examples`: writes `examples/packages` anew; with `--check` only says whether it would change anything. */
async function main(): Promise<number> {
  const home = join(__dirname, '..', 'packages');
  const made = await makePackages();
  const bytes = [...made.values()].reduce((sum, content) => sum + content.length, 0);
  const packages = new Set([...made.keys()].map((path) => path.split('/')[0])).size;
  const before = readAll(home);
  const changed = [...made].filter(([path, content]) => !before.get(path)?.equals(content)).map(([path]) => path);
  const stale = [...before.keys()].filter((path) => !made.has(path));
  if (process.argv.includes('--check')) {
    for (const path of [...changed, ...stale]) process.stderr.write(`${path}\n`);
    process.stdout.write(`${packages} packages, ${changed.length + stale.length} files differ\n`);
    return changed.length + stale.length === 0 ? 0 : 1;
  }
  for (const path of stale) rmSync(join(home, path));
  for (const path of changed) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), made.get(path) ?? Buffer.alloc(0));
  }
  process.stdout.write(
    `${packages} packages, ${made.size} files, ${(bytes / 1_048_576).toFixed(2)} MB, ${changed.length} written\n`,
  );
  return 0;
}

function readAll(home: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  let names: string[] = [];
  try {
    names = readdirSync(home, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    );
  } catch {
    return found;
  }
  for (const path of names) found.set(path.slice(home.length + 1).replaceAll('\\', '/'), readFileSync(path));
  return found;
}

void main().then((code) => {
  process.exitCode = code;
});
