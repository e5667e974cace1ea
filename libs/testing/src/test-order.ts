import { randomUUID } from 'node:crypto';
import { orderWay, type PayoutState } from '@banjie/domain';
import {
  chainText,
  payeeDigest,
  rows,
  sealPayee,
  type ActRow,
  type ColumnCipher,
  type FrozenPayee,
} from '@banjie/persistence';
import type { DataSource, EntityManager } from 'typeorm';
import { receiveTestCase } from './test-case';
import { accountOf, type TestWorld } from './test-world';

export interface TestOrder {
  caseNo: string;
  orderNo: string;
  decisionId: string;
  amountFen: number;
  payee: FrozenPayee;
}

let accounts = 0;

/** A case at 支付 with its decision and an order that three persons made, checked and released; straight into the rows. */
export async function drawTestOrder(
  dataSource: DataSource,
  cipher: ColumnCipher,
  world: TestWorld,
  options: { amountFen?: number; state?: PayoutState; payee?: Partial<FrozenPayee> } = {},
): Promise<TestOrder> {
  const { caseNo } = await receiveTestCase(dataSource, cipher, world);
  const amountFen = options.amountFen ?? 123_456;
  accounts += 1;
  const payee: FrozenPayee = {
    accountName: '测试收款人',
    accountNumber: `62220000${String(accounts).padStart(8, '0')}`,
    bankCode: '102100099996',
    ...options.payee,
  };
  const decisionId = randomUUID();
  const orderNo = `${caseNo}P1`;
  const state = options.state ?? 'released';
  const sealed = sealPayee(cipher, payee);
  const by = (username: string) => accountOf(world, username).id;
  await dataSource.transaction(async (manager) => {
    await rows(
      manager,
      `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at)
       VALUES ($1, $2, 0, 'approved', $3, $4, $5, now())`,
      [decisionId, caseNo, amountFen, payeeDigest(cipher, payee), by('approver1')],
    );
    await rows(
      manager,
      `INSERT INTO payout_order (order_no, case_no, decision_id, agency_id, state, amount_fen, payee_enc, payee_digest,
         account_digest, drawn_by, reviewed_by, released_by, drawn_at)
       VALUES ($1, $2, $3, '450206', 'drawn', $4, $5, $6, $7, $8, $9, $10, now())`,
      [
        ...[orderNo, caseNo, decisionId, amountFen, sealed.payeeEnc, sealed.payeeDigest, sealed.accountDigest],
        ...[by('settle1'), by('finreview1'), by('finapprove1')],
      ],
    );
    await signTestOrder(manager, cipher, world, orderNo);
    await moveTestOrder(manager, orderNo, state);
    await rows(
      manager,
      `UPDATE cases SET stage = 'pay', outcome = 'approved', order_no = $2, order_state = $3
       WHERE case_no = $1`,
      [caseNo, orderNo, state],
    );
  });
  return { caseNo, orderNo, decisionId, amountFen, payee };
}

const payingActs = [
  ['approver1', 'approve', 'approval', 'preparePayout', 'approval'],
  ['settle1', 'preparePayout', 'preparePayout', 'financeReview', 'preparePayout'],
  ['finreview1', 'confirmPayout', 'financeReview', 'financeApproval', 'financeReview'],
  ['finapprove1', 'releasePayout', 'financeApproval', 'pay', 'financeApproval'],
] as const;

/** Signs the four acts without which no order is paid, as its rows tell of them; 审批 only where nobody has signed it yet. */
export async function signTestOrder(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  world: TestWorld,
  orderNo: string,
): Promise<void> {
  const [told] = await rows<{
    caseNo: string;
    seq: number;
    head: Buffer;
    round: number;
    isDecided: boolean;
    decided: Record<string, unknown>;
    drawn: Record<string, unknown>;
  }>(
    store,
    `SELECT c.case_no AS "caseNo", c.seq, c.head_hash AS head, c.round,
       EXISTS (SELECT 1 FROM case_act WHERE case_no = c.case_no AND act = 'approve') AS "isDecided",
       jsonb_build_object('decisionId', d.id, 'payableFen', d.payable_fen, 'payeeDigest', encode(d.payee_digest, 'hex')) AS decided,
       jsonb_build_object('orderNo', o.order_no, 'amountFen', o.amount_fen, 'payeeDigest', encode(o.payee_digest, 'hex'),
         'previousOrderNo', o.previous_order_no) AS drawn
     FROM payout_order o JOIN cases c ON c.case_no = o.case_no JOIN decision d ON d.id = o.decision_id WHERE o.order_no = $1`,
    [orderNo],
  );
  const { caseNo, round, isDecided, decided, drawn } = told!;
  let [seq, before] = [told!.seq, told!.head];
  for (const [username, act, stageFrom, stageTo, duty] of payingActs) {
    if (act === 'approve' && isDecided) continue;
    seq += 1;
    const row: ActRow = {
      ...{
        caseNo,
        seq,
        actionId: randomUUID(),
        act,
        actorId: accountOf(world, username).id,
        stageFrom,
        stageTo,
        round,
        duty,
      },
      ...{ facts: act === 'approve' ? decided : drawn, at: new Date().toISOString() },
    };
    const hash = cipher.chain(before, chainText(row));
    await rows(
      store,
      `INSERT INTO case_act (case_no, seq, action_id, act, actor_id, stage_from, stage_to, round, duty, facts, at, prev_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [
        ...[
          caseNo,
          seq,
          row.actionId,
          act,
          row.actorId,
          stageFrom,
          stageTo,
          round,
          duty,
          row.facts,
          row.at,
          before,
          hash,
        ],
      ],
    );
    before = hash;
  }
  await rows(store, `UPDATE cases SET seq = $2, head_hash = $3 WHERE case_no = $1`, [caseNo, seq, before]);
}

export async function orderStateOf(dataSource: DataSource, orderNo: string): Promise<PayoutState> {
  const [row] = await rows<{ state: PayoutState }>(dataSource, `SELECT state FROM payout_order WHERE order_no = $1`, [
    orderNo,
  ]);
  if (!row) throw new Error(`there is no order ${orderNo}`);
  return row.state;
}

/** Takes an order to another state by the shortest lawful way, straight in the rows. */
export async function moveTestOrder(
  store: DataSource | EntityManager,
  orderNo: string,
  to: PayoutState,
): Promise<void> {
  const [row] = await rows<{ state: PayoutState }>(store, `SELECT state FROM payout_order WHERE order_no = $1`, [
    orderNo,
  ]);
  const way = row && orderWay(row.state, to);
  if (!way) throw new Error(`order ${orderNo} does not go from ${row?.state} to ${to}`);
  for (const state of way)
    await rows(store, `UPDATE payout_order SET state = $2 WHERE order_no = $1`, [orderNo, state]);
}
