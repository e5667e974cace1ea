import { randomUUID } from 'node:crypto';
import { shanghaiDate } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import type { TestClient } from '@banjie/testing';
import type { PayingApi } from './paying-api.fixture';
import { approvedCase, bookedOf, expectProposals, type Ground, type Hands } from './walk-crew.fixture';
import type { CaseModel, Movements } from './walk-movements.fixture';

/** A case that is closed and paid, with an open claim, and another of the same person that waits; money came in twice. */
export async function startMovements(ground: Ground, hands: Hands, personIndex: number): Promise<Movements> {
  const { paying } = ground;
  const of = (found: { caseNo: string; payableFen: number; totalFen: number }, duties: Hands): CaseModel => ({
    ...{
      caseNo: found.caseNo,
      totalFen: found.totalFen,
      stage: 'preparePayout',
      duties: new Map(duties),
      orders: [],
    },
    decisions: [{ fen: found.payableFen, raisedBy: [], isVoid: false, offsets: [] }],
  });
  const first = await approvedCase(ground, hands, { personIndex });
  const { caseNo, payableFen, as: by } = first;
  await paying.act(caseNo, by('preparePayout'), { act: 'preparePayout' });
  await paying.act(caseNo, by('financeReview'), { act: 'confirmPayout' });
  await paying.act(caseNo, by('financeApproval'), { act: 'releasePayout' });
  const second = await approvedCase(ground, new Map(), { personIndex });
  await paying.atStage(caseNo, 'deliver');
  await paying.act(caseNo, 'window1', {
    act: 'deliver',
    way: 'window',
    receiver: '本人',
    deliveredOn: shanghaiDate(Date.now()),
  });
  await paying.atStage(caseNo, 'closed');
  const order = { orderNo: `${caseNo}P1`, decision: 0, fen: payableFen, state: 'paid' as const, hands: [] };
  const entries: Movements['entries'] = [];
  for (const fen of [310, 520]) {
    const receipt = { receiptNo: randomUUID().slice(0, 20), fundAccount: 'ZC450206', amountFen: fen };
    await paying.bank.receive({ ...receipt, payerAccount: '6222000012340000', purpose: 'transfer' });
    await paying.readStatement();
    const [entry] = await rows<{ no: number }>(
      paying.api.database.dataSource,
      `SELECT max(entry_no) AS no FROM bank_entry WHERE kind = 'credit'`,
    );
    entries.push({ entryNo: entry!.no, fen, foundBy: null });
  }
  const paid: CaseModel = { ...of(first, hands), stage: 'closed', orders: [order] };
  const claims = [await claimed(paying, caseNo)];
  return { paid, waiting: of(second, new Map()), proposals: [], claims, entries, acts: [] };
}

/** What three persons outside of the crew claimed before. */
async function claimed(paying: PayingApi, caseNo: string): Promise<Movements['claims'][number]> {
  const [id, orderNo, amountFen] = [randomUUID(), `${caseNo}P1`, 20_000];
  const path = '/api/finance/recoveries/proposals';
  const movement = { kind: 'recovery', orderNo, amountFen, reason: 'RC-01' };
  const document = { number: '示例〔2026〕2号', text: '决定书' };
  const signedIn = ['settle2', 'finreview2', 'approver2'].map((name) => paying.api.signIn(name));
  const [settle, review, approve] = (await Promise.all(signedIn)) as [TestClient, TestClient, TestClient];
  expect((await settle.post(path, { id, movement, text: '多付', document })).status).toBe(201);
  expect((await review.post(`${path}/${id}/check`, {})).status).toBe(200);
  expect((await approve.post(`${path}/${id}/confirm`, {})).status).toBe(200);
  return { recoveryNo: `${caseNo}R1`, caseNo, orderNo, fen: amountFen, openFen: amountFen, proposal: id };
}

/** Each effect is what was approved, once, by the persons of the model. */
export async function compareMovements({ paying, crew }: Ground, model: Movements): Promise<void> {
  const sql = <Row>(text: string, ...values: unknown[]) => rows<Row>(paying.api.database.dataSource, text, values);
  await expectProposals(paying, crew, model.proposals);
  const cases = [model.paid.caseNo, model.waiting.caseNo];
  const idOf = (who: number) => crew[who]!.id;
  expect(
    await sql(
      `SELECT recovery_no AS no, proposal_id AS by, order_no AS "orderNo", amount_fen AS fen, recovery_open(recovery_no) AS open
       FROM recovery WHERE case_no = ANY($1) ORDER BY at`,
      cases,
    ),
  ).toEqual(
    model.claims.map(({ recoveryNo: no, proposal: by, orderNo, fen, openFen: open }) => ({
      ...{ no, by, orderNo, fen, open },
    })),
  );
  const offsets = model.waiting.decisions.flatMap((decision) => decision.offsets);
  const found = await sql<{ said: string }>(
    `SELECT recovery_no || ' ' || amount_fen || ' ' || (voided_at IS NOT NULL) AS said FROM recovery_offset WHERE case_no = ANY($1)`,
    cases,
  );
  const expected = offsets.map(({ recoveryNo, fen, isVoid }) => `${recoveryNo} ${fen} ${isVoid}`);
  expect(found.map(({ said }) => said).sort()).toEqual(expected.sort());
  for (const { entryNo, fen, foundBy } of model.entries) {
    const receipts = await sql(
      `SELECT s.proposal_id AS "foundBy", r.amount_fen AS fen FROM suspense_clearing s JOIN recovery_receipt r ON r.entry_no = s.entry_no
       WHERE s.entry_no = $1`,
      entryNo,
    );
    expect(receipts).toEqual(foundBy ? [{ foundBy, fen }] : []);
  }
  for (const { caseNo, duties, decisions, orders } of [model.paid, model.waiting]) {
    const decided = await sql(
      `SELECT payable_fen AS fen, voided_at IS NOT NULL AS "isVoid", supplements IS NOT NULL AS "isRaised" FROM decision
       WHERE case_no = $1 ORDER BY decided_at`,
      caseNo,
    );
    expect(decided).toEqual(
      decisions.map(({ fen, isVoid, raisedBy }) => ({ fen, isVoid, isRaised: raisedBy.length > 0 })),
    );
    const drawn = await sql<{ orderNo: string; hands: string[] }>(
      `SELECT order_no AS "orderNo", amount_fen AS fen, state, array_remove(ARRAY[drawn_by, reviewed_by, released_by]::text[], NULL) AS hands
       FROM payout_order WHERE case_no = $1 ORDER BY drawn_at, order_no`,
      caseNo,
    );
    expect(
      drawn.map(({ hands, ...order }) =>
        order.orderNo === `${model.paid.caseNo}P1` ? { ...order, hands: [] } : { ...order, hands },
      ),
    ).toEqual(orders.map(({ orderNo, fen, state, hands }) => ({ orderNo, fen, state, hands: hands.map(idOf) })));
    const debits = (await bookedOf(paying, caseNo)).map(({ kind, orderNo, amountFen }) => [kind, orderNo, amountFen]);
    const paid = orders.filter(({ state }) => state === 'paid').map(({ orderNo, fen }) => ['debit', orderNo, fen]);
    expect(debits).toEqual(paid);
    for (const { hands, decision } of orders) {
      const all = [...hands, ...decisions[decision]!.raisedBy];
      expect(new Set(all).size).toBe(all.length);
    }
    const had = await sql<{ person: string; duty: string }>(
      `SELECT person_id AS person, duty FROM case_duty WHERE case_no = $1 AND person_id = ANY($2::text[])`,
      ...[caseNo, crew.map(({ id }) => id)],
    );
    expect(new Map(had.map(({ person, duty }) => [person, duty]))).toEqual(
      new Map([...duties].map(([who, duty]) => [idOf(who), duty])),
    );
  }
}
