import { reserveAct } from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { chainRoot } from '../cases/chain';
import { sameBytes, type ColumnCipher } from '../column-cipher';
import { rows } from '../data-source';
import { linkOf, listBatchActs, type BatchActRow } from '../payouts/batches';
import type { ChainFault } from './chain-faults';

interface Head {
  batchNo: string;
  seq: number;
  state: string;
  headHash: Buffer;
  hands: (string | null)[];
  /** Acts in the cases of the batch that name no act of it, or one of another person. */
  strangers: number;
}

/**
 * The chain of every batch of payouts, and what hangs on it: the three persons its row names are those who acted, and each act that it
 * brought about in a case stands under the name of the person who acted on the batch.
 */
export async function batchFaults(
  manager: EntityManager,
  cipher: ColumnCipher,
): Promise<{ acts: number; faults: ChainFault[] }> {
  const heads = await rows<Head>(
    manager,
    `SELECT b.batch_no AS "batchNo", b.seq, b.state, b.head_hash AS "headHash",
       ARRAY[b.made_by::text, b.reviewed_by::text, b.released_by::text, b.reserve_approved_by::text] AS hands,
       (SELECT count(*) FROM payout_batch_item i
          JOIN case_act c ON c.case_no = i.case_no AND c.facts->>'batchNo' = b.batch_no AND c.act <> 'settlePayout'
          LEFT JOIN payout_batch_act a ON a.batch_no = b.batch_no AND a.action_id = c.facts->>'batchAct'
        WHERE i.batch_no = b.batch_no AND a.actor_id IS DISTINCT FROM c.actor_id) AS strangers
     FROM payout_batch b ORDER BY b.batch_no`,
  );
  const faults: ChainFault[] = [];
  let count = 0;
  for (const head of heads) {
    const acts = await listBatchActs(manager, head.batchNo);
    count += acts.length;
    const report = (seq: number | null, message: string) =>
      faults.push({ caseNo: head.batchNo, seq, kind: 'batchDiffers', message });
    let previous: Buffer = chainRoot;
    acts.forEach((act, index) => {
      const isWhole = act.seq === index + 1 && sameBytes(act.prevHash, previous);
      if (!isWhole || !sameBytes(linkOf(cipher, previous, act), act.hash))
        report(act.seq, `批次第 ${act.seq} 步与签署的不符`);
      previous = act.hash;
    });
    const last = acts.at(-1);
    if (last?.seq !== head.seq || last.stateTo !== head.state || !sameBytes(head.headHash, previous)) {
      report(null, '批次登记的状态与最后一步不符');
    }
    // The list may have changed after an approval to go below the reserve; the last one counts.
    const acted = ['makeBatch', 'reviewBatch', 'releaseBatch', reserveAct].map(
      (code) => acts.findLast(({ act }) => act === code)?.actorId ?? null,
    );
    if (acted.some((hand, index) => hand !== head.hands[index])) report(null, '批次登记的经办人与办理记录不符');
    if (!isReserveLawful(acts)) report(null, '批次放行后低于周转金,却没有对该清单的批准');
    if (head.strangers > 0) report(null, `${head.strangers} 条办件记录与批次的经办人不符`);
  }
  return { acts: count, faults };
}

const hands = new Set<string>(['makeBatch', 'reviewBatch', 'releaseBatch']);

/** A release below the reserve stands on the approval of its very list by none of its three hands (R-FN-09). */
function isReserveLawful(acts: readonly BatchActRow[]): boolean {
  const released = acts.find(({ act }) => act === 'releaseBatch');
  const reserve = released?.facts['reserve'] as { state: string; approvedIn?: number; afterFen?: number } | undefined;
  if (reserve?.state !== 'short') return true;
  const approval = acts.find(({ seq, act }) => seq === reserve.approvedIn && act === reserveAct);
  return (
    approval?.facts['listDigest'] === released?.facts['listDigest'] &&
    Number(approval?.facts['afterFen']) <= Number(reserve.afterFen) &&
    !acts.some(({ act, actorId }) => hands.has(act) && actorId === approval?.actorId)
  );
}
