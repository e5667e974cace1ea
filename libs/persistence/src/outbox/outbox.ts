import type { SideTopic } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** Handed on to Temporal by a relay, past Redis. */
export type RelayTopic = 'startCase' | 'wakeCase' | 'lookAgain';
export type OutboxTopic = RelayTopic | SideTopic;

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

/** The same for side work that is about no one case. */
export async function addAgencyWork(
  manager: EntityManager,
  entry: { topic: SideTopic; agencyId: string; key: string; payload: Record<string, unknown> },
): Promise<boolean> {
  const added = await rows(
    manager,
    `INSERT INTO outbox (topic, agency_id, key, payload) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO NOTHING RETURNING id`,
    [entry.topic, entry.agencyId, entry.key, entry.payload],
  );
  if (added.length > 0) await manager.query(`SELECT pg_notify($1, $2)`, [outboxChannel, entry.topic]);
  return added.length > 0;
}

/**
 * Leaves a hint for the run of a batch that its rows know more than it does. One that nobody has taken up yet says it for all that comes
 * before that.
 */
export async function wakeDispatch(manager: EntityManager, batchNo: string, because: string): Promise<void> {
  const [batch] = await rows<{ agencyId: string }>(
    manager,
    `SELECT agency_id AS "agencyId" FROM payout_batch b WHERE batch_no = $1 AND NOT EXISTS (SELECT 1 FROM outbox
       WHERE topic = 'wakeDispatch' AND payload->>'batchNo' = b.batch_no AND tries = 0 AND done_at IS NULL AND dead_at IS NULL)`,
    [batchNo],
  );
  if (!batch) return;
  const key = `wakeDispatch:${batchNo}:${because}`;
  await addAgencyWork(manager, { topic: 'wakeDispatch', agencyId: batch.agencyId, key, payload: { batchNo } });
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
 * Takes the oldest waiting duties of this topic for `leaseSeconds`: two relays never hold one row, and a row whose relay
 * died comes back by itself. Duties younger than `minimumAgeSeconds` are left alone.
 */
export async function claimOutbox(
  store: DataSource | EntityManager,
  claim: { topic: RelayTopic; limit: number; leaseSeconds: number; minimumAgeSeconds?: number },
): Promise<OutboxRow[]> {
  const claimed = await rows<Row>(
    store,
    `UPDATE outbox SET dispatched_at = clock_timestamp() WHERE id IN (
       SELECT id FROM outbox
       WHERE done_at IS NULL AND dead_at IS NULL AND topic = $1
         AND (dispatched_at IS NULL OR dispatched_at < clock_timestamp() - make_interval(secs => $3))
         AND created_at <= clock_timestamp() - make_interval(secs => $4)
       ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING id, topic, case_no, key, payload, created_at`,
    [claim.topic, claim.limit, claim.leaseSeconds, claim.minimumAgeSeconds ?? 0],
  );
  return claimed.map(toOutboxRow).sort((a, b) => a.id - b.id);
}

/** The duties are done; what another had finished before stays as it is. */
export async function finishOutbox(manager: DataSource | EntityManager, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  await rows(
    manager,
    `UPDATE outbox SET done_at = clock_timestamp() WHERE id = ANY ($1::bigint[]) AND done_at IS NULL RETURNING id`,
    [ids],
  );
}
