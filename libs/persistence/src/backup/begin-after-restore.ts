import type { Client } from 'pg';

/**
 * What a restore owes to the time it lost, in the transaction that brought the rows: orders that may have left are in doubt (M4), no number
 * is given twice, and what only Temporal knew is to be done anew.
 * @param client the restore's session, with triggers at work
 * @param takenAt when the snapshot of the rows was taken
 * @returns how many orders are in doubt now
 */
export async function beginAfterRestore(client: Client, { takenAt }: { takenAt: Date }): Promise<{ doubted: number }> {
  const {
    rows: [begun],
  } = await client.query<{ doubted: number; restored_at: Date }>(
    `INSERT INTO restoration (mark, taken_at, restored_at, after_entry_no, doubted_orders)
     SELECT $1, $2, now(), (SELECT coalesce(max(entry_no), 0) FROM bank_entry WHERE came_by = 'line'),
       (SELECT count(*) FROM payout_order WHERE state IN ('released', 'sent', 'unknown'))
     RETURNING doubted_orders AS doubted, restored_at`,
    [markOf(new Date()), takenAt],
  );
  await doubtOrders(client);
  // A file that was written may have been uploaded since: the bank is asked for its bytes before any of them is uploaded.
  await client.query(
    `UPDATE bank_file SET uploads = greatest(uploads, 1), uploaded_at = now() WHERE kind = 'payments' AND state = 'written'`,
  );
  await passOverCaseNumbers(client);
  // Each run begins anew and loads where its case stands; apps/jobs starts it.
  await client.query(`UPDATE cases SET workflow_started_at = NULL WHERE stage <> 'closed'`);
  // What a run had been told and not yet done is told again; it does nothing twice under one actionId.
  await client.query(
    `UPDATE outbox o SET done_at = NULL, dispatched_at = NULL WHERE topic = 'wakeCase' AND dead_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.action_id = coalesce(o.payload->>'actionId', o.key))`,
  );
  await client.query(`UPDATE outbox SET dispatched_at = NULL WHERE done_at IS NULL`);
  // Who signed out in the lost time is signed out.
  await client.query(`DELETE FROM staff_session`);
  return { doubted: begun!.doubted };
}

/** Second by second another one, in six letters until 2038. */
const markOf = (at: Date): string =>
  `R${Math.floor(at.getTime() / 1_000)
    .toString(36)
    .toUpperCase()}`;

/**
 * An order that was released may have been sent since: it is in doubt like one whose answer was lost. The send that may have been is
 * written down, without an answer, so that the bank's "not received" counts from now.
 */
async function doubtOrders(client: Client): Promise<void> {
  await client.query(
    `INSERT INTO payout_attempt (order_no, n, kind, started_at, answer)
     SELECT o.order_no, coalesce((SELECT max(n) FROM payout_attempt a WHERE a.order_no = o.order_no), 0) + 1, 'send', now(), 'restored'
     FROM payout_order o WHERE o.state IN ('released', 'sent', 'unknown')`,
  );
  await client.query(`UPDATE payout_order SET state = 'sent', sent_at = now() WHERE state = 'released'`);
  await client.query(`UPDATE payout_order SET state = 'unknown' WHERE state = 'sent'`);
}

/**
 * Numbers of today that were given in the lost time stand on people's papers. The next one is above every number that could have been
 * given: ten a second since midnight, on top of a hundred thousand.
 */
async function passOverCaseNumbers(client: Client): Promise<void> {
  await client.query(
    `INSERT INTO case_number (agency_id, day, last_number)
     SELECT id, (now() AT TIME ZONE 'Asia/Shanghai')::date,
       100000 + 10 * extract(epoch FROM (now() AT TIME ZONE 'Asia/Shanghai')::time)::integer FROM agency
     ON CONFLICT (agency_id, day) DO UPDATE SET last_number = greatest(case_number.last_number, excluded.last_number)`,
  );
}
