import { createHash } from 'node:crypto';
import type { RowManifest } from '@banjie/persistence';
import { ArchiveRefused, type Archive, type ArchiveEntry } from './archive';

/** What a backup holds, its last entry: each of the others with its digest. */
export interface Manifest extends RowManifest {
  /** Below `files/` of the home, each as it lies there: encrypted already. */
  files: Record<string, { bytes: number; sha256: string }>;
}

export const entryNames = {
  manifest: 'manifest.json',
  keys: 'keys.json',
  /** Of the calls to the bank; null where there are none. */
  bankKeys: 'bank-keys.json',
  /** The sign-ins of the demo. */
  demo: 'demo.json',
  table: (name: string) => `tables/${name}`,
  file: (path: string) => `files/${path}`,
} as const;

const nameOf = (prefix: string, entry: string) => (entry.startsWith(prefix) ? entry.slice(prefix.length) : null);
export const tableOf = (entry: string) => nameOf('tables/', entry);
export const fileOf = (entry: string) => nameOf('files/', entry);

/** Small things whole. */
export interface Contents {
  manifest: Manifest;
  keys: string;
  bankKeys: string;
  demo: string;
}

/**
 * Reads a backup from end to end and compares everything with its manifest, before anything of it is used.
 * @throws ArchiveRefused naming what is missing, too much, or another than written
 */
export async function inspect(archive: Archive): Promise<Contents> {
  const found = new Map<string, { bytes: number; sha256: string }>();
  const small = new Map<string, string>();
  const kept: readonly string[] = [entryNames.manifest, entryNames.keys, entryNames.bankKeys, entryNames.demo];
  for await (const { name, content } of archive.entries()) {
    if (found.has(name)) throw new ArchiveRefused(`备份中 ${name} 出现了两次`);
    const digest = createHash('sha256');
    const parts: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of content) {
      digest.update(chunk);
      bytes += chunk.length;
      if (kept.includes(name)) parts.push(chunk);
    }
    found.set(name, { bytes, sha256: digest.digest('hex') });
    if (kept.includes(name)) small.set(name, Buffer.concat(parts).toString('utf8'));
  }
  for (const name of kept) if (!small.has(name)) throw new ArchiveRefused(`备份中缺少 ${name}`);
  const manifest = JSON.parse(small.get(entryNames.manifest)!) as Manifest;
  const wanted = new Map<string, string>([
    ...manifest.structure.tables.map(
      ({ name }) => [entryNames.table(name), manifest.tables[name]?.sha256 ?? ''] as const,
    ),
    ...Object.entries(manifest.files).map(([path, { sha256 }]) => [entryNames.file(path), sha256] as const),
  ]);
  for (const [name, sha256] of wanted) {
    const entry = found.get(name);
    if (!entry) throw new ArchiveRefused(`备份中缺少 ${name}`);
    if (entry.sha256 !== sha256) throw new ArchiveRefused(`备份中的 ${name} 与清单记载的摘要不符`);
  }
  for (const name of found.keys()) {
    if (!wanted.has(name) && !kept.includes(name)) throw new ArchiveRefused(`备份中的 ${name} 不在清单中`);
    const path = fileOf(name);
    if (path !== null && !/^[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path))
      throw new ArchiveRefused(`备份中的 ${name} 不是附件的位置`);
  }
  const text = (name: string) => small.get(name)!;
  const { keys, bankKeys, demo } = entryNames;
  return { manifest, keys: text(keys), bankKeys: text(bankKeys), demo: text(demo) };
}

/** A small entry of text. */
export function textEntry(name: string, text: string): ArchiveEntry {
  return { name, content: once(Buffer.from(text)) };
}

async function* once(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
