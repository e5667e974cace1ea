import { commitAct } from '@banjie/activities';
import type { CasePosition } from '@banjie/domain';
import { findFilingGaps } from '@banjie/persistence';
import { accountOf, keepTestAct, type WantedAct } from '@banjie/testing';
import type { World } from './world';

/** An act of a person in one transaction, without engine and API: its body kept first, then committed at an instant. */
export async function commitAs(
  { dataSource, cipher, world }: World,
  caseNo: string,
  username: string,
  wanted: WantedAct,
  at: Date,
): Promise<CasePosition> {
  const actorId = accountOf(world, username).id;
  const { actionId, act, seenSeq } = await keepTestAct(dataSource, cipher, caseNo, actorId, wanted);
  return commitAct(
    {
      ...{ dataSource, cipher, now: () => at },
      findGaps: async (manager, filingId) => (await findFilingGaps(manager, cipher, filingId, at)).gaps,
    },
    { caseNo, actionId, act, actorId, seq: seenSeq + 1 },
  );
}
