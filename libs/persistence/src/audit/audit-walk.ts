import type { DataSource, EntityManager } from 'typeorm';
import type { ColumnCipher } from '../column-cipher';
import { inSnapshot } from '../board/snapshot';
import { alteredBookMonths } from '../books/book-months';
import { walkFinanceActs } from '../books/finance-proposals';
import { rows } from '../data-source';
import { batchFaults } from './batch-faults';
import { readContents } from './case-content';
import { contentFaults } from './content-faults';
import { chainFaults, type CaseHead, type ChainedRow, type ChainFault } from './chain-faults';

export interface AuditReport {
  cases: number;
  acts: number;
  orders: number;
  faults: ChainFault[];
}

const casesAtATime = 200;
/** Fewer: a case may hold 5 000 lines. */
const contentsAtATime = 20;

/**
 * Walks every chain of `case_act` and compares it with what was received, judged, paid and sealed, in one read-only snapshot, so that acts made
 * meanwhile raise no alarm. Holds the acts of 200 cases at a time.
 */
export async function walkAudit(dataSource: DataSource, cipher: ColumnCipher): Promise<AuditReport> {
  const walk = async (manager: EntityManager) => {
    const report: AuditReport = { cases: 0, acts: 0, orders: 0, faults: [] };
    for (let after = ''; ;) {
      const heads = await rows<CaseHead>(
        manager,
        `SELECT case_no AS "caseNo", seq, head_hash AS "headHash" FROM cases WHERE case_no > $1 ORDER BY case_no LIMIT ${casesAtATime}`,
        [after],
      );
      const last = heads.at(-1);
      if (!last) break;
      const acts = await actsOf(manager, heads);
      const isSound = new Set<string>();
      for (const head of heads) {
        const faults = chainFaults(cipher, head, acts.get(head.caseNo) ?? []);
        report.faults.push(...faults);
        if (faults.length === 0) isSound.add(head.caseNo);
      }
      // A broken chain is no witness of anything else.
      const sound = heads.map(({ caseNo }) => caseNo).filter((caseNo) => isSound.has(caseNo));
      for (let from = 0; from < sound.length; from += contentsAtATime) {
        for (const content of await readContents(manager, sound.slice(from, from + contentsAtATime))) {
          report.faults.push(...contentFaults(cipher, content, acts.get(content.caseNo) ?? []));
        }
      }
      report.cases += heads.length;
      report.acts += [...acts.values()].reduce((sum, list) => sum + list.length, 0);
      after = last.caseNo;
    }
    report.faults.push(...(await actsWithoutCase(manager)), ...(await tracesWithoutAct(manager)));
    const [count] = await rows<{ n: number }>(manager, 'SELECT count(*) AS n FROM payout_order');
    report.orders = count?.n ?? 0;
    report.faults.push(...(await ordersWithoutActs(manager)));
    const finance = await walkFinanceActs(manager, cipher);
    report.acts += finance.acts;
    report.faults.push(
      ...finance.faults.map(({ agencyId, seq, message }) => ({
        ...{ caseNo: agencyId, seq, kind: 'financeDiffers' as const, message },
      })),
    );
    report.faults.push(
      ...(await alteredBookMonths(manager, cipher)).map(({ agencyId, month }) => ({
        ...{ caseNo: agencyId, seq: null, kind: 'financeDiffers' as const },
        message: `${month} 的余额调节表与两人确认的不符`,
      })),
    );
    const batches = await batchFaults(manager, cipher);
    report.acts += batches.acts;
    report.faults.push(...batches.faults);
    return report;
  };
  return inSnapshot(dataSource, walk, { statementMs: 600_000 });
}

async function actsOf(manager: EntityManager, heads: readonly CaseHead[]): Promise<Map<string, ChainedRow[]>> {
  const found = await rows<Omit<ChainedRow, 'at'> & { at: Date }>(
    manager,
    `SELECT case_no AS "caseNo", seq, action_id AS "actionId", act, actor_id AS "actorId", stage_from AS "stageFrom",
       stage_to AS "stageTo", round, duty, facts, at, prev_hash AS "prevHash", hash,
       at <> date_trunc('milliseconds', at) AS "isFinerThanSigned"
     FROM case_act WHERE case_no = ANY($1) ORDER BY case_no, seq`,
    [heads.map(({ caseNo }) => caseNo)],
  );
  const byCase = new Map<string, ChainedRow[]>();
  for (const row of found) {
    const list = byCase.get(row.caseNo) ?? [];
    list.push({ ...row, at: row.at.toISOString() });
    byCase.set(row.caseNo, list);
  }
  return byCase;
}

/** The foreign key forbids it; an owner who switched it off may have done it all the same. */
async function actsWithoutCase(manager: EntityManager): Promise<ChainFault[]> {
  const found = await rows<{ caseNo: string; seq: number }>(
    manager,
    `SELECT a.case_no AS "caseNo", a.seq FROM case_act a WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.case_no = a.case_no)
     ORDER BY a.case_no, a.seq LIMIT 1000`,
  );
  return found.map(({ caseNo, seq }) => ({ caseNo, seq, kind: 'inserted', message: `第 ${seq} 步所属的办件不存在` }));
}

/**
 * A chain cut off at its end, with `cases` set back to fit, is a sound chain. What else the lost act wrote still names its number:
 * tasks it opened or closed, clocks it turned, a benefit it computed, a seal it set.
 */
async function tracesWithoutAct(manager: EntityManager): Promise<ChainFault[]> {
  const found = await rows<{ caseNo: string; seq: number }>(
    manager,
    `SELECT t.case_no AS "caseNo", t.seq FROM (
       SELECT case_no, opened_seq AS seq FROM task UNION SELECT case_no, closed_seq FROM task WHERE closed_seq IS NOT NULL
       UNION SELECT case_no, seq FROM clock_event UNION SELECT case_no, seq FROM benefit_result
       UNION SELECT case_no, seq FROM archive_seal) t
     JOIN cases c ON c.case_no = t.case_no
     WHERE t.seq > c.seq ORDER BY t.case_no, t.seq LIMIT 1000`,
  );
  return found.map(({ caseNo, seq }) => ({
    caseNo,
    seq,
    kind: 'missing',
    message: `第 ${seq} 步的记录缺失,任务、时限等处仍有它的痕迹`,
  }));
}

/**
 * Each order was drawn by an act of its case with this amount; one that left the house was released, one that is paid or came
 * back was settled by an act as well.
 */
async function ordersWithoutActs(manager: EntityManager): Promise<ChainFault[]> {
  const found = await rows<{
    caseNo: string;
    orderNo: string;
    state: string;
    drawn: boolean;
    released: boolean;
    settled: boolean;
  }>(
    manager,
    `SELECT * FROM (
       SELECT o.case_no AS "caseNo", o.order_no AS "orderNo", o.state,
         EXISTS (SELECT 1 FROM case_act a WHERE a.case_no = o.case_no AND a.act = 'preparePayout'
           AND a.facts->>'orderNo' = o.order_no AND (a.facts->>'amountFen')::bigint = o.amount_fen) AS drawn,
         o.state IN ('drawn', 'reviewed', 'void') OR EXISTS (SELECT 1 FROM case_act a WHERE a.case_no = o.case_no
           AND a.act = 'releasePayout' AND a.facts->>'orderNo' = o.order_no) AS released,
         o.state NOT IN ('paid', 'returned', 'failed') OR EXISTS (SELECT 1 FROM case_act a WHERE a.case_no = o.case_no
           AND a.act = 'settlePayout' AND a.facts->>'orderNo' = o.order_no)
           OR o.order_no = (SELECT c.order_no FROM cases c WHERE c.case_no = o.case_no AND c.stage = 'pay') AS settled
       FROM payout_order o) checked
     WHERE NOT (drawn AND released AND settled) ORDER BY "caseNo", "orderNo" LIMIT 1000`,
  );
  return found.map(({ caseNo, orderNo, state, drawn, released }) => {
    const lacks = !drawn
      ? '没有相同金额的拨付制定记录'
      : !released
        ? '没有财务审批放行的记录'
        : `已为 ${state},没有支付结果入账的记录`;
    return { caseNo, seq: null, kind: 'orderWithoutAct', message: `拨付单 ${orderNo} ${lacks}` };
  });
}
