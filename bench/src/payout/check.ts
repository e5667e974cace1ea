import { bankStatementSchema, type BankStatementEntry } from '@banjie/contracts';
import { checkBooks, openPayee, rows, walkAudit } from '@banjie/persistence';
import type { World } from '../act/world';

/** Where the money of the approved decisions is: an exact partition by number and by 分 (M2). */
export interface Whereabouts {
  paid: Sum;
  /** Left the house, and neither the bank's answer nor its statement has said how it ended. */
  unknown: Sum;
  /** Drawn, checked or released, and still here. */
  underway: Sum;
  /** Nothing drawn yet. */
  waiting: Sum;
  /** Refused by the bank, come back or called back: it waits for a person. */
  held: Sum;
}
export interface Sum {
  count: number;
  fen: number;
}

export interface PayoutPicture {
  whereabouts: Whereabouts;
  /** Entries of the bank that we show as an exception: another amount, another account, an order that nobody gave. */
  inDoubt: number;
  /** Sentences; none = all holds. */
  faults: string[];
}

/** What is kept of each list of faults: a broken run has them by the thousand. */
const mostOfAKind = 20;

/**
 * What must hold when nobody is at work: each decision paid once or visibly not, the bank's own ledger and ours the same by order, amount
 * and account, the books balanced, every act signed, every case where its order says. From the decisions, the orders and the bank's
 * statement, read anew; what batches, files and the taking over of statements wrote down is believed in nothing.
 */
export async function checkPayouts(bench: World, bankUrl: string, agencyId: string): Promise<PayoutPicture> {
  const entries = await readLedger(bankUrl);
  const orders = await readOrders(bench);
  const decisions = await readDecisions(bench, agencyId);
  const { whereabouts, faults: lost } = place(decisions, orders);
  const { inDoubt, faults: strange } = await compareLedger(bench, entries, orders);
  const books = await checkBooks(bench.dataSource, agencyId, new Date());
  const audit = await walkAudit(bench.dataSource, bench.cipher);
  const faults = [
    ...lost,
    ...strange,
    ...(await brokenRules(bench)),
    ...books.map(
      ({ figure, booksFen, rowsFen }) => `M3 the books say ${booksFen} 分 of ${figure}, the rows ${rowsFen}`,
    ),
    ...audit.faults.slice(0, mostOfAKind).map(({ caseNo, seq, message }) => `A2 ${caseNo} ${seq}: ${message}`),
  ];
  return { whereabouts, inDoubt, faults };
}

/** The bank's books, line by line. */
export async function readLedger(bankUrl: string): Promise<BankStatementEntry[]> {
  const entries: BankStatementEntry[] = [];
  for (let after = 0, hasMore = true; hasMore;) {
    const answer = await fetch(`${bankUrl}/ledger/entries?after=${after}&limit=5000`);
    const page = bankStatementSchema.parse(await answer.json());
    entries.push(...page.entries);
    [after, hasMore] = [page.nextAfter, page.hasMore];
  }
  return entries;
}

interface Decision {
  id: string;
  caseNo: string;
  payableFen: number;
}

function readDecisions({ dataSource }: World, agencyId: string): Promise<Decision[]> {
  return rows<Decision>(
    dataSource,
    `SELECT d.id, d.case_no AS "caseNo", d.payable_fen AS "payableFen" FROM decision d JOIN cases c ON c.case_no = d.case_no
     WHERE c.agency_id = $1 AND d.outcome = 'approved' AND d.voided_at IS NULL AND d.payable_fen > 0 AND d.payee_digest IS NOT NULL`,
    [agencyId],
  );
}

interface Order {
  orderNo: string;
  decisionId: string;
  state: string;
  amountFen: number;
  accountNumber: string;
  fundAccount: string;
}

async function readOrders({ dataSource, cipher }: World): Promise<Order[]> {
  const found = await rows<Omit<Order, 'accountNumber'> & { payee: Buffer }>(
    dataSource,
    `SELECT o.order_no AS "orderNo", o.decision_id AS "decisionId", o.state, o.amount_fen AS "amountFen", o.payee_enc AS payee,
       a.fund_account AS "fundAccount" FROM payout_order o JOIN agency a ON a.id = o.agency_id ORDER BY o.order_no`,
  );
  return found.map(({ payee, ...order }) => ({ ...order, accountNumber: openPayee(cipher, payee).accountNumber }));
}

const placeOf: Record<string, Exclude<keyof Whereabouts, 'waiting'>> = {
  ...{
    paid: 'paid',
    sent: 'unknown',
    unknown: 'unknown',
    drawn: 'underway',
    reviewed: 'underway',
    released: 'underway',
  },
  ...{ failed: 'held', returned: 'held', void: 'held' },
};

/** Puts each decision in one place; its orders may pay it once and no more. */
function place(decisions: Decision[], orders: Order[]): { whereabouts: Whereabouts; faults: string[] } {
  const sums = () => ({ count: 0, fen: 0 });
  const whereabouts: Whereabouts = { paid: sums(), unknown: sums(), underway: sums(), waiting: sums(), held: sums() };
  const faults: string[] = [];
  const byDecision = new Map<string, Order[]>();
  for (const order of orders) byDecision.set(order.decisionId, [...(byDecision.get(order.decisionId) ?? []), order]);
  for (const { id, caseNo, payableFen } of decisions) {
    const all = byDecision.get(id) ?? [];
    const live = all.filter(({ state }) => placeOf[state] !== 'held');
    if (live.length > 1) faults.push(`M1 ${caseNo} has ${live.length} live orders`);
    for (const { orderNo, amountFen } of all) {
      if (amountFen !== payableFen) faults.push(`M7 ${orderNo} is of ${amountFen} 分, decided were ${payableFen}`);
    }
    const where = live[0] ? placeOf[live[0].state]! : all.length > 0 ? 'held' : 'waiting';
    whereabouts[where].count += 1;
    whereabouts[where].fen += payableFen;
  }
  return { whereabouts, faults: faults.slice(0, mostOfAKind) };
}

/** Both ways, by order, amount and account. What the bank did otherwise must stand in our rows as an exception. */
async function compareLedger(
  { dataSource }: World,
  entries: BankStatementEntry[],
  orders: Order[],
): Promise<{ inDoubt: number; faults: string[] }> {
  const known = new Map(orders.map((order) => [order.orderNo, order]));
  const doubted = await rows<{ entryNo: number }>(
    dataSource,
    `SELECT e.entry_no AS "entryNo" FROM bank_entry e LEFT JOIN suspense_clearing s ON s.entry_no = e.entry_no AND s.clearing = 'belongsToOrder'
     WHERE e.meaning NOT IN ('settled', 'returned', 'agreed') AND s.entry_no IS NULL`,
  );
  const inDoubt = new Set(doubted.map(({ entryNo }) => entryNo));
  // What two persons have found to be another order's than the bank says.
  const found = await rows<{ entryNo: number; orderNo: string }>(
    dataSource,
    `SELECT entry_no AS "entryNo", order_no AS "orderNo" FROM suspense_clearing WHERE clearing = 'belongsToOrder'`,
  );
  const foundToBe = new Map(found.map(({ entryNo, orderNo }) => [entryNo, orderNo]));
  const debits = new Map<string, number>();
  const returns = new Map<string, number>();
  const faults: string[] = [];
  for (const entry of entries) {
    const { entryNo, kind, amountFen } = entry;
    const orderNo = foundToBe.get(entryNo) ?? entry.orderNo;
    const order = known.get(orderNo);
    const agrees =
      order?.amountFen === amountFen &&
      order.accountNumber === entry.payeeAccount &&
      order.fundAccount === entry.fundAccount;
    if (agrees) {
      const seen = kind === 'debit' ? debits : returns;
      seen.set(orderNo, (seen.get(orderNo) ?? 0) + 1);
    } else if (!inDoubt.has(entryNo)) {
      faults.push(
        `M3 entry ${entryNo} of the bank (${kind} ${orderNo}, ${amountFen} 分) agrees with nothing and nobody is told`,
      );
    }
  }
  for (const { orderNo, state } of orders) {
    const [paid, back] = [debits.get(orderNo) ?? 0, returns.get(orderNo) ?? 0];
    if (paid > 1) faults.push(`M1 the bank paid ${orderNo} ${paid} times`);
    if (placeOf[state] === 'unknown') continue; // Visibly open: the bank may have paid it or not.
    const wanted = state === 'paid' || state === 'returned' ? 1 : 0;
    if (paid !== wanted && paid <= 1) faults.push(`M2 ${orderNo} is ${state}, the bank paid it ${paid} times`);
    if (state === 'returned' && back === 0) faults.push(`M2 ${orderNo} is returned, and the bank has no 退票`);
  }
  return { inDoubt: inDoubt.size, faults: faults.slice(0, mostOfAKind) };
}

/** Each answers the rows that break it. */
const rules: Record<string, string> = {
  'M1 a decision was paid by more than one order': `
    SELECT decision_id::text AS what FROM payout_order WHERE state = 'paid' GROUP BY decision_id HAVING count(*) > 1`,
  'M3 an order that left has no send on record': `
    SELECT o.order_no AS what FROM payout_order o WHERE o.state IN ('sent', 'unknown', 'paid', 'returned')
      AND NOT EXISTS (SELECT 1 FROM payout_attempt a WHERE a.order_no = o.order_no AND a.kind = 'send')
      AND NOT EXISTS (SELECT 1 FROM suspense_clearing s WHERE s.order_no = o.order_no AND s.restoration IS NOT NULL)`,
  'M5 an order posted a step twice': `
    SELECT order_no || ' ' || to_state AS what FROM posting WHERE order_no IS NOT NULL AND to_state IN ('paid', 'returned')
    GROUP BY order_no, to_state HAVING count(*) > 1`,
  'M7 an order pays another payee than was decided': `
    SELECT o.order_no AS what FROM payout_order o JOIN decision d ON d.id = o.decision_id
    WHERE o.payee_digest <> d.payee_digest AND o.previous_order_no IS NULL`,
  'W1 an act of the payout stands twice': `
    SELECT case_no || ' ' || act AS what FROM case_act
    WHERE act IN ('approve', 'preparePayout', 'confirmPayout', 'releasePayout', 'settlePayout', 'returnPayout')
    GROUP BY case_no, act, round, facts->>'orderNo' HAVING count(*) > 1`,
  'W1 the acts of a case are not numbered without a gap': `
    SELECT c.case_no AS what FROM cases c JOIN case_act a ON a.case_no = c.case_no
    GROUP BY c.case_no, c.seq HAVING count(*) <> c.seq OR max(a.seq) <> c.seq`,
  'W2 one person has two duties in a case': `
    SELECT case_no || ' ' || person_id AS what FROM case_duty GROUP BY case_no, person_id HAVING count(DISTINCT duty) > 1`,
  'W2 an order has not three persons': `
    SELECT order_no AS what FROM payout_order WHERE state NOT IN ('drawn', 'reviewed', 'void')
      AND (reviewed_by IS NULL OR released_by IS NULL OR drawn_by IN (reviewed_by, released_by) OR reviewed_by = released_by)`,
  'W4 a case says otherwise than its order': `
    SELECT c.case_no || ' ' || c.stage || ' ' || coalesce(c.order_state, '-') || ' ' || o.state AS what
    FROM payout_order o JOIN cases c ON c.order_no = o.order_no
    WHERE o.state = 'paid' AND NOT (c.order_state = 'paid' AND c.paid_once AND c.paid_at IS NOT NULL
      AND c.stage IN ('deliver', 'archive', 'closed'))`,
  'W5 a case at rest has nobody to act': `
    SELECT c.case_no || ' ' || c.stage AS what FROM cases c WHERE c.stage NOT IN ('pay', 'archive', 'closed')
      AND NOT EXISTS (SELECT 1 FROM task t WHERE t.case_no = c.case_no AND t.state = 'open' AND t.stage = c.stage)`,
  'A1 a payment was recorded and its notice is not in the outbox': `
    SELECT a.case_no AS what FROM case_act a WHERE a.act = 'settlePayout' AND a.facts->'notices' IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM outbox x WHERE x.case_no = a.case_no AND x.topic = 'notice'
        AND (x.payload->>'seq')::int = a.seq)`,
};

async function brokenRules({ dataSource }: World): Promise<string[]> {
  const found: string[] = [];
  for (const [rule, sql] of Object.entries(rules)) {
    const broken = await rows<{ what: string }>(dataSource, `${sql} LIMIT ${mostOfAKind}`);
    found.push(...broken.map(({ what }) => `${rule}: ${what}`));
  }
  return found;
}
