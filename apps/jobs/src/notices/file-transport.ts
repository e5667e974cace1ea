import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { shanghaiDate } from '@banjie/domain';

/** A message as it stands in the outgoing folder: one JSON line in a file of its own. */
export interface OutgoingMessage {
  /** The outbox row: the same message again is the same file. */
  id: number;
  channel: 'sms';
  notice: string;
  caseNo: string;
  /** 手机号, masked: the file is a record of what was sent, not an address book. */
  to: string | null;
  body: string;
  /** When the notice came about, not when it was written: twice must be the same line. */
  at: string;
}

/**
 * The transport that stands in for a gateway: `outgoing/<day>/<id>.jsonl` under the home, readable by its owner alone.
 * Written beside its place and renamed, so that a message is there wholly or not at all, however often it is sent.
 */
export async function sendToFile(homePath: string, message: OutgoingMessage): Promise<void> {
  const folder = join(homePath, 'outgoing', shanghaiDate(Date.parse(message.at)));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const partial = join(folder, `.${message.id}-${randomUUID()}`);
  try {
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(message)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, join(folder, `${message.id}.jsonl`));
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** 138****0000; null when there is too little to mask. */
export function maskPhone(phone: string | null | undefined): string | null {
  const text = phone?.replace(/[\s-]/g, '') ?? '';
  return text.length < 7 ? null : `${text.slice(0, 3)}****${text.slice(-4)}`;
}
