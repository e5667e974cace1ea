import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClearingProposal, Suspense } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import type { System } from '../chaos/system';
import { ApiRefusal } from '../payout/session';
import type { ChaosGround } from '../payout-chaos/ground';
import { Person } from '../payout-chaos/staff';

const proposers = ['settle1', 'settle2', 'finreview1', 'finreview2'];
const confirmers = ['finreview1', 'finreview2', 'finapprove1', 'finapprove2'];

/**
 * What finance does about orders that are held after a restore: the bank's line of the lost time is found by two persons to be the order
 * that was filed again, its 退票 after it. Until `isOver`. Answers the cases it was about.
 */
export async function clearHeld(system: System, ground: ChaosGround, isOver: () => boolean): Promise<string[]> {
  const signal = AbortSignal.timeout(20 * 60_000);
  const person = (name: string) =>
    new Person(system.addresses.api, name, system.demo.password, { lost: 0, refused: 0 }, signal);
  const staff = new Map([...new Set([...proposers, ...confirmers])].map((name) => [name, person(name)]));
  const foundToBe = new Map<string, string>();
  while (!isOver()) {
    for (const { entryNo, kind, orderNo, fittingOrders } of await allInDoubt(staff.get('finreview1')!)) {
      const ours = kind === 'debit' ? fittingOrders[0] : foundToBe.get(orderNo ?? '');
      if (ours === undefined) continue;
      const free = await withoutDuty(ground, ours);
      const proposer = proposers.find((name) => free.has(name))!;
      const confirmer = confirmers.find((name) => free.has(name) && name !== proposer)!;
      const wanted = {
        id: randomUUID(),
        clearing: 'belongsToOrder',
        orderNo: ours,
        reason: 'CL-07',
        text: '重新申请前已付',
      };
      const document = { number: `对账单第 ${entryNo} 笔`, text: '银行对账单' };
      try {
        const path = `/api/finance/exceptions/${entryNo}/proposals`;
        const { id } = await staff.get(proposer)!.post<ClearingProposal>(path, { ...wanted, document });
        await staff.get(confirmer)!.post(`/api/finance/exceptions/proposals/${id}/confirm`, {});
        if (orderNo !== null) foundToBe.set(orderNo, ours);
      } catch (error) {
        // The order was asked about at this moment and stands at 待发 for a blink: looked at again.
        if (!(error instanceof ApiRefusal) || error.status >= 500) throw error;
      }
    }
    await sleep(1_000);
  }
  return [...foundToBe.values()].map((orderNo) => orderNo.replace(/P\d+$/, ''));
}

async function allInDoubt(person: Person): Promise<Suspense['items']> {
  const items: Suspense['items'] = [];
  for (let after: number | null = 0; after !== null;) {
    const from = after === 0 ? '' : `?after=${after}`;
    const page: Suspense = await person.get<Suspense>(`/api/finance/exceptions${from}`);
    items.push(...page.items);
    after = page.next;
  }
  return items;
}

async function withoutDuty({ dataSource }: ChaosGround, orderNo: string): Promise<Set<string>> {
  const found = await rows<{ username: string }>(
    dataSource,
    `SELECT s.username FROM staff_account s WHERE NOT EXISTS (SELECT 1 FROM case_duty d JOIN payout_order o ON o.case_no = d.case_no
       WHERE o.order_no = $1 AND d.person_id = s.id::text)`,
    [orderNo],
  );
  return new Set(found.map(({ username }) => username));
}
