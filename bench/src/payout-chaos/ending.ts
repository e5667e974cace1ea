import { shanghaiDate } from '@banjie/domain';
import { caseWorkflowId, type ReconciliationAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { waitUntil } from '@banjie/servers';
import { positionQuery } from '@banjie/workflows/messages';
import { Client, Connection } from '@temporalio/client';
import { auditFault } from '../chaos/audit';
import type { System } from '../chaos/system';
import { drive } from '../figures';
import { checkPayouts, readLedger, type PayoutPicture } from '../payout/check';
import { agencyId, type ChaosGround } from './ground';
import type { Person } from './staff';

/** All work that is written down is done this long after the last kill. */
const restsWithinMs = 20 * 60_000;
const lookedAt = 500;

export interface Ending {
  picture: PayoutPicture;
  /** What the bank and the books agree upon, by the API. */
  reconciliation: { matched: number; inTransit: number; exceptions: number; differenceFen: number };
  workflows: number;
  faults: string[];
}

interface Unrest {
  outbox: number;
  dead: number;
  entries: number;
  underway: number;
  unsettled: number;
}

/** Waits until nobody has anything to do any more. Answers what is left undone when the time is over. */
async function rest(system: System, ground: ChaosGround, signal: AbortSignal): Promise<string[]> {
  const look = async () => {
    const [found] = await rows<Unrest>(
      ground.dataSource,
      `SELECT (SELECT count(*) FROM outbox WHERE done_at IS NULL AND dead_at IS NULL) AS outbox,
         (SELECT count(*) FROM outbox WHERE dead_at IS NOT NULL) AS dead,
         (SELECT count(*) FROM bank_entry) AS entries,
         (SELECT count(*) FROM payout_order WHERE state IN ('drawn', 'reviewed', 'released')) AS underway,
         -- The bank's word stands, and its case has not heard it yet: a batch looks again after a while.
         (SELECT count(*) FROM payout_batch_item i JOIN payout_order o ON o.order_no = i.order_no
          WHERE i.left_as IS NULL AND o.state IN ('paid', 'failed', 'returned')) AS unsettled`,
    );
    const { outbox, dead, entries, underway, unsettled } = found!;
    const booked = (await readLedger(system.addresses.bank)).length;
    const unrest = { outbox, dead, unread: booked - entries, underway, unsettled };
    if (outbox + unrest.unread + underway + unsettled > 0) throw new Error(JSON.stringify(unrest));
    if (dead > 0) return [`${dead} rows of side work are dead`];
    return [];
  };
  return waitUntil(look, { withinMs: restsWithinMs, everyMs: 2_000, signal }).catch((error: Error) => [
    `not at rest after ${restsWithinMs / 60_000} minutes: ${error.message}`,
  ]);
}

/** Runs whose rows say more than they know. The run of a case in a batch is told once, when the bank's word stands in its rows. */
async function workflowFaults(system: System, ground: ChaosGround): Promise<{ looked: number; faults: string[] }> {
  const found = await rows<{ no: string; stage: string }>(
    ground.dataSource,
    `SELECT c.case_no AS no, c.stage FROM cases c JOIN outbox x ON x.case_no = c.case_no AND x.topic = 'startCase'
     WHERE c.agency_id = $1 AND c.stage NOT IN ('pay', 'closed') AND x.dispatched_at > x.created_at ORDER BY md5(c.case_no) LIMIT $2`,
    [agencyId, lookedAt],
  );
  const { temporalAddress, temporalNamespace } = system.servers;
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection, namespace: temporalNamespace });
  const faults: string[] = [];
  try {
    await drive(found.length, 8, async (index) => {
      const { no, stage } = found[index]!;
      const looking = waitUntil(
        async () => {
          const position = await client.workflow.getHandle(caseWorkflowId(no)).query(positionQuery);
          if (position?.stage !== stage)
            throw new Error(`stands at ${position?.stage ?? 'nothing'}, its rows at ${stage}`);
        },
        { withinMs: 120_000, everyMs: 1_000 },
      );
      await looking.catch((error: Error) => faults.push(`W4 the run of ${no} ${error.message}`));
    });
  } finally {
    await connection.close();
  }
  return { looked: found.length, faults: faults.slice(0, 20) };
}

/** What must hold when all is quiet: past our own code where it can be. */
export async function lookAtEnd(
  system: System,
  ground: ChaosGround,
  supervisor: Person,
  about: { silent: readonly string[]; report: (line: string) => void; signal: AbortSignal },
): Promise<Ending> {
  const { silent, report, signal } = about;
  const faults = await rest(system, ground, signal);
  report('nobody has anything to do any more; looking');
  const picture = await checkPayouts(ground, system.addresses.bank, agencyId);
  faults.push(...picture.faults);
  const unknown = await rows<{ no: string }>(
    ground.dataSource,
    `SELECT order_no AS no FROM payout_order WHERE state IN ('sent', 'unknown') ORDER BY order_no`,
  );
  const surprising = unknown.filter(({ no }) => !silent.includes(no));
  faults.push(
    ...surprising.slice(0, 20).map(({ no }) => `${no} is unknown, and the bank was asked nothing of the kind`),
  );
  if (picture.inDoubt > 0) faults.push(`${picture.inDoubt} entries of the bank are exceptions`);
  const date = shanghaiDate(Date.now());
  const day = await supervisor.get<ReconciliationAnswer>(`/api/finance/reconciliation?date=${date}`);
  const { matched, inTransit, exceptions, balance } = day;
  faults.push(...exceptions.slice(0, 20).map(({ orderNo, reason }) => `reconciliation: ${orderNo} ${reason}`));
  if (balance.differenceFen !== 0) faults.push(`reconciliation: a difference of ${balance.differenceFen} 分`);
  const runs = await workflowFaults(system, ground);
  const audit = await auditFault(system);
  faults.push(...runs.faults, ...(audit === null ? [] : [audit]));
  return {
    picture,
    reconciliation: {
      matched: matched.debits.count + matched.returns.count,
      inTransit: inTransit.count,
      exceptions: exceptions.length,
      differenceFen: balance.differenceFen,
    },
    workflows: runs.looked,
    faults,
  };
}
