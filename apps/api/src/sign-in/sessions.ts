import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Post } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import type { Account } from './account';

interface Session {
  account: Account;
  csrfToken: string;
}

const idleHours = 8;
const absoluteHours = 12;
/** A right that was taken away is refused from the next call on, one second late at most. */
const cacheMs = 900;
const cacheSize = 5_000;

const random = () => randomBytes(32).toString('base64url');
const digest = (token: string) => createHash('sha256').update(token).digest();

/** Sessions in PostgreSQL: the token itself is only in the person's cookie, the table holds its SHA-256. */
@Injectable()
export class Sessions {
  private readonly recent = new Map<string, { session: Session; at: number }>();

  constructor(private readonly dataSource: DataSource) {}

  async open(accountId: string): Promise<{ token: string; csrfToken: string }> {
    const token = random();
    const csrfToken = random();
    await rows(
      this.dataSource,
      `WITH gone AS (DELETE FROM staff_session
         WHERE account_id = $2 AND (expires_at < now() OR seen_at < now() - interval '${idleHours} hours'))
       INSERT INTO staff_session (token_hash, account_id, csrf_token, expires_at)
       VALUES ($1, $2, $3, now() + interval '${absoluteHours} hours')`,
      [digest(token), accountId, csrfToken],
    );
    return { token, csrfToken };
  }

  /** Whether a token was good a moment ago, without asking the database. */
  isRecent(token: string): boolean {
    return this.recall(digest(token).toString('base64')) !== null;
  }

  async find(token: string): Promise<Session | null> {
    const hash = digest(token);
    const key = hash.toString('base64');
    const recalled = this.recall(key);
    if (recalled) return recalled;
    const [row] = await rows<{
      id: string;
      username: string;
      display_name: string;
      posts: Post[];
      agency_id: string;
      agency_name: string;
      region_code: string;
      csrf_token: string;
      is_stale: boolean;
    }>(
      this.dataSource,
      `SELECT a.id, a.username, a.display_name, a.posts, a.agency_id, g.name AS agency_name, g.region_code, s.csrf_token,
         s.seen_at < now() - interval '1 minute' AS is_stale
       FROM staff_session s JOIN staff_account a ON a.id = s.account_id JOIN agency g ON g.id = a.agency_id
       WHERE s.token_hash = $1 AND s.expires_at > now() AND s.seen_at > now() - interval '${idleHours} hours' AND a.active`,
      [hash],
    );
    if (!row) return null;
    if (row.is_stale)
      await rows(this.dataSource, `UPDATE staff_session SET seen_at = now() WHERE token_hash = $1`, [hash]);
    const session: Session = {
      csrfToken: row.csrf_token,
      account: {
        id: row.id,
        username: row.username,
        displayName: row.display_name,
        posts: row.posts,
        agencyId: row.agency_id,
        agencyName: row.agency_name,
        regionCode: row.region_code,
      },
    };
    this.remember(key, session);
    return session;
  }

  async close(token: string): Promise<void> {
    const hash = digest(token);
    this.recent.delete(hash.toString('base64'));
    await rows(this.dataSource, `DELETE FROM staff_session WHERE token_hash = $1`, [hash]);
  }

  private recall(key: string): Session | null {
    const entry = this.recent.get(key);
    if (!entry || Date.now() - entry.at > cacheMs) return null;
    return entry.session;
  }

  private remember(key: string, session: Session): void {
    // Oldest first out: a map keeps the order of insertion.
    this.recent.delete(key);
    for (const oldest of this.recent.keys()) {
      if (this.recent.size < cacheSize) break;
      this.recent.delete(oldest);
    }
    this.recent.set(key, { session, at: Date.now() });
  }
}
