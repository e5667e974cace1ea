import { payoutStateLabels, type PayoutState } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { canonical } from '../cases/chain';
import type { ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { openPayee } from './payee';

/** 拨付凭证 of one order, frozen when it was made. The account is masked: the applicant knows it, others need not. */
export interface PaymentReceipt {
  orderNo: string;
  caseNo: string;
  agencyName: string;
  fundAccount: string;
  payeeName: string;
  /** All but the last four are stars. */
  payeeAccount: string;
  amountFen: number;
  /** ISO instant at which the bank booked it, as far as it is known. */
  paidAt: string;
  bankReference: string | null;
}

const context = 'payment_receipt.body_enc';

/** Makes the receipt of an order that was paid; a second call changes nothing. False where there is no such order. */
export async function makeReceipt(manager: EntityManager, cipher: ColumnCipher, orderNo: string): Promise<boolean> {
  const [order] = await rows<{
    caseNo: string;
    agencyName: string;
    fundAccount: string;
    amountFen: number;
    paidAt: Date;
    bankReference: string | null;
    payeeEnc: Buffer;
  }>(
    manager,
    `SELECT o.case_no AS "caseNo", g.name AS "agencyName", g.fund_account AS "fundAccount", o.amount_fen AS "amountFen",
       coalesce(p.at, o.settled_at, now()) AS "paidAt", o.bank_reference AS "bankReference", o.payee_enc AS "payeeEnc"
     FROM payout_order o JOIN agency g ON g.id = o.agency_id
       LEFT JOIN posting p ON p.order_no = o.order_no AND p.kind = 'orderMoved' AND p.to_state = 'paid' WHERE o.order_no = $1`,
    [orderNo],
  );
  if (!order) return false;
  const { payeeEnc, paidAt, ...facts } = order;
  const { accountName, accountNumber } = openPayee(cipher, payeeEnc);
  const receipt: PaymentReceipt = {
    ...{ orderNo, ...facts, paidAt: paidAt.toISOString(), payeeName: accountName },
    payeeAccount: '*'.repeat(Math.max(0, accountNumber.length - 4)) + accountNumber.slice(-4),
  };
  await rows(
    manager,
    `INSERT INTO payment_receipt (order_no, case_no, body_enc, digest, made_at) VALUES ($1, $2, $3, $4, now())
     ON CONFLICT (order_no) DO NOTHING`,
    [
      ...[orderNo, order.caseNo, cipher.encryptJson(context, receipt)],
      cipher.hash('payment_receipt.body', canonical(receipt)),
    ],
  );
  return true;
}

/** The receipts of a case, with what has become of each payment since (退票). */
export async function findReceipts(
  store: DataSource | EntityManager,
  cipher: ColumnCipher,
  caseNo: string,
): Promise<(PaymentReceipt & { state: PayoutState; stateLabel: string; madeAt: Date })[]> {
  const found = await rows<{ sealed: Buffer; state: PayoutState; madeAt: Date }>(
    store,
    `SELECT r.body_enc AS sealed, o.state, r.made_at AS "madeAt" FROM payment_receipt r JOIN payout_order o ON o.order_no = r.order_no
     WHERE r.case_no = $1 ORDER BY r.made_at, r.order_no`,
    [caseNo],
  );
  return found.map(({ sealed, state, madeAt }) => ({
    ...cipher.decryptJson<PaymentReceipt>(context, sealed),
    ...{ state, stateLabel: payoutStateLabels[state], madeAt },
  }));
}
