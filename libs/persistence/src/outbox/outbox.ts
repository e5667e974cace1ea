import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

export type OutboxTopic = 'startCase' | 'wakeCase' | 'lookAgain' | 'notice';

/** What `LISTEN` hears after each commit that left work in the outbox; the payload is the topic. */
export const outboxChannel = 'banjie_outbox';

export interface OutboxEntry {
  topic: OutboxTopic;
  caseNo: string;
  /** Unique over all time: the same duty twice is one row. */
  key: string;
  /** Ids, codes and amounts only. */
  payload: Record<string, unknown>;
}

export interface OutboxRow extends OutboxEntry {
  id: number;
  createdAt: Date;
}

/** Leaves a duty that follows from the caller's transaction. Returns false when the key is there already. */
export async function addOutbox(manager: EntityManager, entry: OutboxEntry): Promise<boolean> {
  const added = await rows(
    manager,
    `INSERT INTO outbox (topic, case_no, key, payload) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING RETURNING id`,
    [entry.topic, entry.caseNo, entry.key, entry.payload],
  );
  if (added.length > 0) await manager.query(`SELECT pg_notify($1, $2)`, [outboxChannel, entry.topic]);
  return added.length > 0;
}

interface Row {
  id: number;
  topic: OutboxTopic;
  case_no: string;
  key: string;
  payload: Record<string, unknown>;
  created_at: Date;
}

const toOutboxRow = (row: Row): OutboxRow => ({
  id: row.id,
  topic: row.topic,
  caseNo: row.case_no,
  key: row.key,
  payload: row.payload,
  createdAt: row.created_at,
});

/**
 * Takes the oldest waiting duties of these topics for `leaseSeconds`: two relays never hold one row, and a row whose relay
 * died comes back by itself. `startCase` and notices younger than `minimumAgeSeconds` are left alone.
 */
export async function claimOutbox(
  store: DataSource | EntityManager,
  claim: { topics: OutboxTopic[]; limit: number; leaseSeconds: number; minimumAgeSeconds?: number },
): Promise<OutboxRow[]> {
  const claimed = await rows<Row>(
    store,
    `UPDATE outbox SET dispatched_at = clock_timestamp() WHERE id IN (
       SELECT id FROM outbox
       WHERE done_at IS NULL AND topic = ANY($1::text[])
         AND (dispatched_at IS NULL OR dispatched_at < clock_timestamp() - make_interval(secs => $3))
         AND created_at <= clock_timestamp() - make_interval(secs => $4)
       ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id, topic, case_no, key, payload, created_at`,
    [claim.topics, claim.limit, claim.leaseSeconds, claim.minimumAgeSeconds ?? 0],
  );
  return claimed.map(toOutboxRow).sort((a, b) => a.id - b.id);
}

/** The duty is done; false when another had finished it before. */
export async function finishOutbox(manager: DataSource | EntityManager, id: number): Promise<boolean> {
  const done = await rows(
    manager,
    `UPDATE outbox SET done_at = clock_timestamp() WHERE id = $1 AND done_at IS NULL RETURNING id`,
    [id],
  );
  return done.length === 1;
}

/** Gives claimed duties back at once, for a relay that could not hand them on. */
export async function returnOutbox(store: DataSource | EntityManager, ids: number[]): Promise<void> {
  await store.query(`UPDATE outbox SET dispatched_at = NULL WHERE id = ANY($1::bigint[]) AND done_at IS NULL`, [ids]);
}

export async function findOutboxRow(
  manager: EntityManager,
  id: number,
): Promise<(OutboxRow & { done: boolean }) | null> {
  const [row] = await rows<Row & { done_at: Date | null }>(
    manager,
    `SELECT id, topic, case_no, key, payload, created_at, done_at FROM outbox WHERE id = $1`,
    [id],
  );
  return row ? { ...toOutboxRow(row), done: row.done_at !== null } : null;
}

/** Seconds that the oldest waiting duty of a topic has waited; null when none waits. */
export async function oldestWaitingSeconds(store: DataSource, topic: OutboxTopic): Promise<number | null> {
  const [row] = await rows<{ age: number | null }>(
    store,
    `SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS age
     FROM outbox WHERE topic = $1 AND done_at IS NULL`,
    [topic],
  );
  return row?.age ?? null;
}
