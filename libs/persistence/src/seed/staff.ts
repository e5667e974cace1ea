import { randomUUID } from 'node:crypto';
import type { Post } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

export interface StaffEntry {
  agencyId: string;
  /** Lower case letters, digits, `.`, `_`, `-`. */
  username: string;
  displayName: string;
  posts: readonly Post[];
}

/** Creates an account; null when the username is taken. `passwordHash` comes from `hashPassword`. */
export async function createStaffAccount(
  manager: EntityManager | DataSource,
  entry: StaffEntry,
  passwordHash: string,
): Promise<string | null> {
  const [row] = await rows<{ id: string }>(
    manager,
    `INSERT INTO staff_account (id, agency_id, username, display_name, password_hash, posts)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (username) DO NOTHING RETURNING id`,
    [randomUUID(), entry.agencyId, entry.username, entry.displayName, passwordHash, entry.posts],
  );
  return row?.id ?? null;
}
