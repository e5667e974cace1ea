import type { EntityManager } from 'typeorm';
import { chainText, type ActRow } from '../cases/chain';
import { sameBytes, type ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import type { PayoutOrder } from './payout-orders';

/** The acts of a case without which no money leaves (R-FN-02, R-FN-03). */
const payingActs = ['approve', 'preparePayout', 'confirmPayout', 'releasePayout'] as const;
export type PayingAct = (typeof payingActs)[number];

/** What each of the acts says of one order; an act that is not there, or that nobody with the key signed, is absent. */
export type SignedActs = Partial<Record<PayingAct, Record<string, unknown>>>;

interface StoredAct extends Omit<ActRow, 'at'> {
  at: Date;
  prevHash: Buffer;
  hash: Buffer;
}

const selectActs = `SELECT case_no AS "caseNo", seq, action_id AS "actionId", act, actor_id AS "actorId", stage_from AS "stageFrom",
  stage_to AS "stageTo", round, duty, facts, at, prev_hash AS "prevHash", hash FROM case_act`;

const isSigned = (cipher: ColumnCipher, act: StoredAct): boolean =>
  sameBytes(cipher.chain(act.prevHash, chainText({ ...act, at: act.at.toISOString() })), act.hash);

/** The payee's digest as the last proposal that named another account signed it; null where none did. */
export async function findProposedPayee(
  manager: EntityManager,
  cipher: ColumnCipher,
  caseNo: string,
): Promise<string | null> {
  const acts = await rows<StoredAct>(
    manager,
    `${selectActs} WHERE case_no = $1 AND act = 'propose' AND facts ? 'payeeDigest' ORDER BY seq DESC`,
    [caseNo],
  );
  return (acts.find((act) => isSigned(cipher, act))?.facts['payeeDigest'] as string | undefined) ?? null;
}

/**
 * The signed acts that orders stand on: 审批 of the decision, 拨付制定, 财务复核 and 财务审批 of the order itself. A row of `decision` or
 * `payout_order` can be written by whoever holds the app's role; a link of the chain only with the key.
 */
export async function findSignedActs(
  manager: EntityManager,
  cipher: ColumnCipher,
  orders: readonly PayoutOrder[],
): Promise<ReadonlyMap<string, SignedActs>> {
  const acts = await rows<StoredAct & { act: PayingAct | 'supplementPayout' }>(
    manager,
    `${selectActs} WHERE case_no = ANY($1::text[]) AND act = ANY($2::text[])`,
    [[...new Set(orders.map(({ caseNo }) => caseNo))], [...payingActs, 'supplementPayout']],
  );
  const byCase = new Map<string, typeof acts>();
  for (const act of acts) byCase.set(act.caseNo, [...(byCase.get(act.caseNo) ?? []), act]);
  const found = new Map<string, SignedActs>();
  for (const { orderNo, caseNo, decision } of orders) {
    const signed: SignedActs = {};
    for (const act of byCase.get(caseNo) ?? []) {
      // A decision that adds to another (补付) was signed when it re-opened the case.
      const isDecision = act.act === 'approve' || act.act === 'supplementPayout';
      const isOurs = isDecision ? act.facts['decisionId'] === decision.id : act.facts['orderNo'] === orderNo;
      if (isOurs && isSigned(cipher, act)) signed[isDecision ? 'approve' : (act.act as PayingAct)] = act.facts;
    }
    found.set(orderNo, signed);
  }
  return found;
}
