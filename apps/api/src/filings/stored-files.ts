import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ColumnCipher } from '@banjie/persistence';
import { Settings } from '../settings';

const context = 'attachment.file';

/**
 * The contents of attachments, in BANJIE_FILES under the SHA-256 of what they are, encrypted. A file is there whole or
 * not at all: it is written aside, flushed, and then linked to its name. Nothing is ever overwritten or deleted here.
 */
@Injectable()
export class StoredFiles {
  constructor(
    private readonly settings: Settings,
    private readonly cipher: ColumnCipher,
  ) {}

  /** @returns the SHA-256 of the content, hex */
  async keep(content: Buffer): Promise<string> {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const folder = this.folderOf(sha256);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const aside = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
    try {
      const file = await open(aside, 'wx', 0o600);
      try {
        await file.writeFile(this.cipher.encryptBytes(context, content));
        await file.sync();
      } finally {
        await file.close();
      }
      // The same content came before, or comes at this instant from another clerk: what is there stays.
      await link(aside, this.pathOf(sha256)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      });
    } finally {
      await rm(aside, { force: true });
    }
    await flushFolder(folder);
    return sha256;
  }

  /** Throws when the file is gone or its content is not what the hash says. */
  async read(sha256: string): Promise<Buffer> {
    const content = this.cipher.decryptBytes(context, await readFile(this.pathOf(sha256)));
    if (createHash('sha256').update(content).digest('hex') !== sha256) throw new Error('a stored file has changed');
    return content;
  }

  private folderOf(sha256: string): string {
    return join(this.settings.filesPath, sha256.slice(0, 2));
  }

  private pathOf(sha256: string): string {
    return join(this.folderOf(sha256), sha256);
  }
}

/** The name is durable only when the folder is flushed too; a system that cannot do it does not need it. */
async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
