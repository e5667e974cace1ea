import { createHash } from 'node:crypto';
import { pauseEndsAt, type SystemAct } from '@banjie/domain';
import { calendarOf, canonical, rows, type CaseRecord, type Statement } from '@banjie/persistence';
import type { EntityManager } from 'typeorm';
import type { Effect } from './effect';

/** What a system act finds in the rows; null: nothing to record now (the wish came early, late or twice). */
export async function systemFacts(
  manager: EntityManager,
  record: CaseRecord,
  act: SystemAct,
  at: Date,
): Promise<Effect | null> {
  const { caseNo, order, waiting, stage } = record.position;
  switch (act) {
    case 'settlePayout': {
      const state = record.order;
      if (stage !== 'pay' || !order || !state) return null;
      // Returned before we recorded the payment: first it was paid, the 退票 is an act of its own.
      const word = state.state === 'returned' ? 'paid' : state.state;
      if (word !== 'paid' && word !== 'failed') return null;
      const facts = { orderNo: order.orderNo, state: word, amountFen: state.amountFen };
      return {
        facts: word === 'failed' ? { ...facts, bankReason: state.bankReason } : facts,
        road: { orderState: word },
      };
    }
    case 'returnPayout': {
      if (order?.state !== 'paid') return null;
      // The last order first; of two that were paid (补付) the other may have come back, and nobody may miss it.
      const [back] = await rows<{ orderNo: string; amountFen: number; bankReason: string | null }>(
        manager,
        `SELECT o.order_no AS "orderNo", o.amount_fen AS "amountFen", o.bank_reason AS "bankReason" FROM payout_order o
         WHERE o.case_no = $1 AND o.state = 'returned' AND NOT EXISTS (SELECT 1 FROM case_act a WHERE a.case_no = o.case_no
           AND a.act = 'returnPayout' AND a.facts->>'orderNo' = o.order_no)
         ORDER BY o.order_no = $2 DESC, o.order_no LIMIT 1`,
        [caseNo, order.orderNo],
      );
      return back ? { facts: { ...back }, road: { orderNo: back.orderNo } } : null;
    }
    case 'endPause': {
      if (waiting === null) return null;
      // Whoever asks for it: the calendar and the clocks of the record say when the maximum has passed.
      const calendar = await calendarOf(manager, record, record.calendarNumber);
      const endsAt = pauseEndsAt(record.clocks, calendar);
      return endsAt !== null && Date.parse(endsAt) <= at.getTime() ? { facts: { pause: waiting } } : null;
    }
    case 'archive':
      return stage === 'archive' ? seal(manager, caseNo, record, at) : null;
    case 'receiveFiling':
      return null;
  }
}

/** 归档: the list of documents with their content hashes, sealed by one hash that the act row carries (D3 第一百二十四条). */
async function seal(manager: EntityManager, caseNo: string, record: CaseRecord, at: Date): Promise<Effect> {
  const [attachments, acts, orders] = await Promise.all([
    rows<{ id: string; paper: string; sha256: string }>(
      manager,
      `SELECT id, paper, sha256 FROM attachment WHERE filing_id = $1 AND removed_at IS NULL ORDER BY uploaded_at, id`,
      [record.filingId],
    ),
    rows<{ seq: number; hash: string }>(
      manager,
      `SELECT seq, encode(hash, 'hex') AS hash FROM case_act WHERE case_no = $1 ORDER BY seq`,
      [caseNo],
    ),
    rows<{ orderNo: string; state: string; amountFen: number; bankReference: string | null }>(
      manager,
      `SELECT order_no AS "orderNo", state, amount_fen AS "amountFen", bank_reference AS "bankReference" FROM payout_order
       WHERE case_no = $1 ORDER BY order_no`,
      [caseNo],
    ),
  ]);
  const documents = { attachments, acts, orders };
  const hash = createHash('sha256').update(canonical(documents)).digest();
  const write: Statement = {
    sql: `INSERT INTO archive_seal (case_no, seq, documents, seal, sealed_at) VALUES ($1, $2, $3, $4, $5)`,
    parameters: [caseNo, record.position.seq + 1, JSON.stringify(documents), hash, at],
  };
  const counts = { attachments: attachments.length, acts: acts.length, orders: orders.length };
  return { facts: { seal: hash.toString('hex'), ...counts }, writes: [write] };
}
