import {
  bankLedgerSummarySchema,
  bankStatementSchema,
  caseWorkflowId,
  type BankStatementEntry,
} from '@banjie/contracts';
import { waitUntil } from '@banjie/servers';
import { Client as TemporalClient, Connection } from '@temporalio/client';
import { Client } from 'pg';
import { auditFault } from '../chaos/audit';
import type { System } from '../chaos/system';

/** R1: all holds again this long after the last component came back. */
const restsWithinMs = 60_000;

/**
 * What must hold when nobody is at work, whatever was killed before (reliability § 4). Reads the rows, the bank's own books and
 * the engine, past our own code. Answers sentences; none = all holds.
 */
export async function violations(system: System): Promise<string[]> {
  const client = new Client({ connectionString: system.servers.databaseUrl });
  await client.connect();
  try {
    const found = [];
    for (const [what, sql] of Object.entries(rules)) {
      const { rows } = await client.query<{ what: string }>(sql);
      found.push(...rows.slice(0, 20).map((row) => `${what}: ${row.what}`));
    }
    const orders = await client.query<Order>(
      `SELECT order_no AS "orderNo", state, amount_fen::float8 AS "amountFen" FROM payout_order`,
    );
    const closed = await client.query<{ caseNo: string }>(
      `SELECT case_no AS "caseNo" FROM cases WHERE stage = 'closed'`,
    );
    found.push(...(await bankFaults(system, orders.rows)));
    found.push(
      ...(await engineFaults(
        system,
        closed.rows.map(({ caseNo }) => caseNo),
      )),
    );
    const audit = await auditFault(system);
    return audit === null ? found : [...found, audit];
  } finally {
    await client.end();
  }
}

/** Each answers the rows that break it. */
const rules: Record<string, string> = {
  'M1 an approved, closed case is not paid exactly once': `
    SELECT d.case_no || ' ' || count(o.order_no) AS what FROM decision d JOIN cases c ON c.case_no = d.case_no
      LEFT JOIN payout_order o ON o.decision_id = d.id AND o.state = 'paid'
    WHERE d.voided_at IS NULL AND d.outcome = 'approved' AND d.payable_fen > 0 AND c.stage = 'closed'
    GROUP BY d.id, d.case_no HAVING count(o.order_no) <> 1`,
  'M1 an order pays another amount than was decided': `
    SELECT o.order_no AS what FROM payout_order o JOIN decision d ON d.id = o.decision_id
    WHERE o.amount_fen <> d.payable_fen`,
  'M4 an order is left in between while its case is closed': `
    SELECT o.order_no || ' ' || o.state AS what FROM payout_order o JOIN cases c ON c.case_no = o.case_no
    WHERE c.stage = 'closed' AND o.state IN ('drawn', 'reviewed', 'released', 'sent', 'unknown')`,
  'W1 an act stands twice': `
    SELECT case_no || ' ' || act AS what FROM case_act
    GROUP BY case_no, act, facts->>'orderNo', stage_from, round
    HAVING count(*) > 1 AND act IN ('approve', 'reject', 'preparePayout', 'releasePayout', 'settlePayout', 'returnPayout')`,
  'W1 the acts of a case are not numbered without a gap': `
    SELECT c.case_no AS what FROM cases c JOIN case_act a ON a.case_no = c.case_no
    GROUP BY c.case_no, c.seq HAVING count(*) <> c.seq OR max(a.seq) <> c.seq`,
  'W2 one person has two duties': `
    SELECT case_no || ' ' || person_id AS what FROM case_duty GROUP BY case_no, person_id HAVING count(*) > 1`,
  'W5 a closed case has an open task or a running clock': `
    SELECT c.case_no AS what FROM cases c WHERE c.stage = 'closed' AND (
      EXISTS (SELECT 1 FROM task t WHERE t.case_no = c.case_no AND t.state = 'open')
      OR EXISTS (SELECT 1 FROM clock k WHERE k.case_no = c.case_no AND k.state <> 'stopped'))`,
};

interface Order {
  orderNo: string;
  state: string;
  amountFen: number;
}

/** The bank's books against our orders, both ways: number, amount, and what came back. */
async function bankFaults({ addresses }: System, orders: Order[]): Promise<string[]> {
  const ask = async (path: string): Promise<unknown> => (await fetch(`${addresses.bank}${path}`)).json();
  const ledger = bankLedgerSummarySchema.parse(await ask('/ledger/summary'));
  const entries: BankStatementEntry[] = [];
  for (let after = 0, hasMore = true; hasMore;) {
    const page = bankStatementSchema.parse(await ask(`/ledger/entries?after=${after}&limit=5000`));
    entries.push(...page.entries);
    [after, hasMore] = [page.nextAfter, page.hasMore];
  }
  const found = ledger.ordersBookedTwice.map((orderNo) => `M1 the bank booked ${orderNo} twice`);
  const sumOf = (kind: string, orderNo: string) =>
    entries.reduce((sum, e) => (e.kind === kind && e.orderNo === orderNo ? sum + e.amountFen : sum), 0);
  for (const { orderNo, state, amountFen } of orders) {
    const wantsDebit = ['paid', 'returned'].includes(state);
    const debit = sumOf('debit', orderNo);
    if (debit !== (wantsDebit ? amountFen : 0)) found.push(`M2 ${orderNo} is ${state}, the bank paid ${debit}`);
    if (sumOf('return', orderNo) > 0 !== (state === 'returned')) found.push(`M2 ${orderNo} is ${state} against a 退票`);
  }
  const known = new Set(orders.map(({ orderNo }) => orderNo));
  const strange = entries.filter(({ orderNo }) => !known.has(orderNo));
  return [...found, ...strange.map(({ orderNo }) => `M2 the bank paid ${orderNo}, which nobody ordered`)];
}

/** W4: the run of a closed case is over; one that the outbox started once more needs a moment to see that it is. */
async function engineFaults({ servers }: System, closed: string[]): Promise<string[]> {
  const connection = await Connection.connect({ address: servers.temporalAddress });
  const client = new TemporalClient({ connection, namespace: servers.temporalNamespace });
  try {
    const found: string[] = [];
    for (const caseNo of closed) {
      const handle = client.workflow.getHandle(caseWorkflowId(caseNo));
      const ended = waitUntil(
        async () => {
          const { status } = await handle.describe();
          if (status.name !== 'COMPLETED') throw new Error(status.name);
        },
        { withinMs: restsWithinMs, everyMs: 500 },
      );
      await ended.catch((error: Error) => found.push(`W4 case ${caseNo} is closed, its workflow ${error.message}`));
    }
    return found;
  } finally {
    await connection.close();
  }
}
