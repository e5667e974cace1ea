import { randomUUID } from 'node:crypto';
import type { PersonLedgerView, Recoveries } from '@banjie/contracts';
import { checkBooks, reconcile, rows, walkAudit } from '@banjie/persistence';
import { asOwner, eventually, testCipher, type TestClient } from '@banjie/testing';
import { carry, check, claimOn, codeOf, confirm, offset, propose, refuse, supplement } from './movements.fixture';
import { startPayingApi, type PayingApi } from './paying-api.fixture';

/*
 * What is claimed and taken off where something changed on the way: the payment came back, more was paid, the decision was replaced, or
 * somebody who had spoken took a duty in the case.
 */
const agencyId = '450206';
let paying: PayingApi;
let other: Record<'second2' | 'settle2' | 'finreview2' | 'finapprove2' | 'approver2', TestClient>;
// Who raises a 补付 has a duty in its case, and claims nothing of it.
let raisers: [TestClient, TestClient, TestClient];

beforeAll(async () => {
  paying = await startPayingApi('banjie-test-changed-claims');
  const names = ['second2', 'settle2', 'finreview2', 'finapprove2', 'approver2'] as const;
  const signedIn = await Promise.all(names.map(async (name) => [name, await paying.api.signIn(name)] as const));
  other = Object.fromEntries(signedIn) as typeof other;
  const hired = await paying.newStaff([['secondReviewer'], ['secondReviewer'], ['approver']]);
  raisers = hired.map(({ client }) => client) as typeof raisers;
});
afterAll(() => paying?.stop());

const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
const deliver = (caseNo: string) =>
  paying.act(caseNo, 'window1', { act: 'deliver', way: 'window', deliveredOn: today(), receiver: '本人' });

const claims = async () => (await other.settle2.get<Recoveries>('/api/finance/recoveries?open=true')).body.items;
const claimed = (body: { id: string }) => carry(body, [other.settle2, other.finreview2, other.approver2]);
const supplemented = (caseNo: string, amountFen: number) => carry(supplement(caseNo, amountFen), raisers);

/** A case that is paid and closed. */
async function closedCase(personIndex: number): Promise<string> {
  const caseNo = await paying.receive({ personIndex, linesFen: [300_000] });
  await paying.approve(caseNo);
  await paying.pay(caseNo);
  await deliver(caseNo);
  await paying.atStage(caseNo, 'closed');
  await paying.readStatement();
  return caseNo;
}

async function capOf(caseNo: string): Promise<number> {
  const found = await rows<{ fen: number }>(
    paying.api.database.dataSource,
    `SELECT used_fen AS fen FROM cap_usage WHERE person_id = (SELECT person_id FROM cases WHERE case_no = $1)`,
    [caseNo],
  );
  expect(found).toHaveLength(1);
  return found[0]!.fen;
}

async function totalsOf(caseNo: string) {
  const { personId } = await paying.view(caseNo);
  return (await other.finreview2.get<PersonLedgerView>(`/api/finance/persons/${personId}/ledger`)).body.totals;
}

async function isWhole(): Promise<void> {
  const { dataSource } = paying.api.database;
  expect(await checkBooks(dataSource, agencyId, new Date())).toEqual([]);
  const span = { agencyId, from: new Date(0), until: new Date(Date.now() + 60_000), overdueBefore: new Date(0) };
  expect((await reconcile(dataSource, span))!.balance.differenceFen).toBe(0);
  expect((await walkAudit(dataSource, testCipher())).faults).toEqual([]);
}

/** What three persons would have written, straight in the rows; nothing of it stays where a rule refuses it. */
const claimPastTheApi = (orderNo: string, amountFen: number) =>
  paying.api.database.dataSource.transaction(async (manager) => {
    const id = randomUUID();
    await rows(
      manager,
      `INSERT INTO finance_proposal (id, agency_id, kind, subject, facts, words_enc, proposed_by, proposed_at)
       SELECT $1, $2, 'recovery', $3, $4, '\\x00', id, now() FROM staff_account WHERE username = 'settle2'`,
      [id, agencyId, orderNo, { orderNo, amountFen, reason: 'RC-01' }],
    );
    const someone = (name: string) => `(SELECT id FROM staff_account WHERE username = '${name}')`;
    await rows(
      manager,
      `UPDATE finance_proposal SET state = 'confirmed', checked_by = ${someone('finreview2')}, checked_at = now(),
         decided_by = ${someone('approver2')}, decided_at = now() WHERE id = $1`,
      [id],
    );
  });

describe('a claim on a payment that came back', () => {
  let caseNo: string;
  let paidFen: number;
  let drawnOnCap: number;

  it('stands, beside what is owed anew', async () => {
    caseNo = await paying.receive({ personIndex: 0, linesFen: [600_000] });
    await paying.approve(caseNo);
    const first = { orderNo: `${caseNo}P1` };
    await paying.bank.setFault({ kind: 'returnAfter', match: first, ms: 1, reason: '账户已销户' });
    paidFen = (await paying.pay(caseNo)).orders[0]!.amountFen;
    drawnOnCap = await capOf(caseNo);
    await claimed(claimOn(`${caseNo}P1`, paidFen - 300));
    await paying.readStatement();
    await eventually(
      () => paying.view(caseNo),
      ({ acts }) => acts.at(-1)?.act === 'returnPayout',
      20_000,
    );
    const open = { owedFen: paidFen, recoveryFen: paidFen - 300, claimedFen: paidFen - 300 };
    expect(await totalsOf(caseNo)).toMatchObject({ ...open, movedFen: 0, bankFen: 0 });
    await isWhole();
  });

  it('is a claim on the payment in its place: the decision is claimed back once', async () => {
    await deliver(caseNo);
    await paying.atStage(caseNo, 'preparePayout');
    const { name: accountName } = paying.api.world.persons[0]!;
    const payee = { accountName, accountNumber: '6222000055550000', bankCode: '102100099996', relation: 'self' };
    await paying.pay(caseNo, { payee });
    await paying.readStatement();
    const second = `${caseNo}P2`;
    const tooMuch = await propose(other.settle2, claimOn(second, 301));
    expect(tooMuch).toMatchObject({ status: 422, body: { code: 'RECOVERY_UNFIT' } });
    expect(tooMuch.body.message).toContain('最多还能追回 3.00 元');
    await expect(claimPastTheApi(second, 301)).rejects.toMatchObject({ constraint: 'movement_lawful' });
    await claimed(claimOn(second, 300));
    expect(await codeOf(propose(other.settle2, claimOn(second, 1)))).toBe('RECOVERY_UNFIT');
    expect((await claims()).map(({ orderNo, openFen }) => [orderNo, openFen])).toEqual([
      [second, 300],
      [`${caseNo}P1`, paidFen - 300],
    ]);
    // One payment, owed back once, and the cap has it once.
    expect(await totalsOf(caseNo)).toMatchObject({ owedFen: 0, claimedFen: paidFen, movedFen: paidFen });
    expect(await capOf(caseNo)).toBe(drawnOnCap - paidFen);
    await isWhole();
  });
});

it('gives the yearly cap back what is claimed of a 补付', async () => {
  const caseNo = await closedCase(1);
  const before = await capOf(caseNo);
  await supplemented(caseNo, 5_000);
  await paying.wake(caseNo);
  await paying.pay(caseNo);
  await paying.atStage(caseNo, 'closed');
  await paying.readStatement();
  expect(await capOf(caseNo)).toBe(before + 5_000);
  await claimed(claimOn(`${caseNo}P2`, 2_000));
  expect(await capOf(caseNo)).toBe(before + 3_000);
  // What was decided first is claimed apart from what was added.
  expect(await codeOf(propose(other.settle2, claimOn(`${caseNo}P2`, 3_001)))).toBe('RECOVERY_UNFIT');
  await claimed(claimOn(`${caseNo}P1`, before));
  await claimed(claimOn(`${caseNo}P2`, 3_000));
  expect(await capOf(caseNo)).toBe(0);
  await isWhole();
});

it('writes no claim that the yearly cap never bore', async () => {
  const caseNo = await closedCase(3);
  const { dataSource } = paying.api.database;
  const setCap = (fen: number) =>
    rows(
      dataSource,
      `UPDATE cap_usage SET used_fen = $2 WHERE person_id = (SELECT person_id FROM cases WHERE case_no = $1)`,
      [caseNo, fen],
    );
  const drawn = await capOf(caseNo);
  const body = claimOn(`${caseNo}P1`, 100);
  expect((await propose(other.settle2, body)).status).toBe(201);
  expect((await check(other.finreview2, body.id)).status).toBe(200);
  await setCap(99);
  expect((await confirm(other.approver2, body.id)).status).toBe(500);
  expect(await capOf(caseNo)).toBe(99);
  await setCap(drawn);
  expect((await confirm(other.approver2, body.id)).status).toBe(200);
  expect(await capOf(caseNo)).toBe(drawn - 100);
});

it('takes nothing off a decision that took the place of the one it was proposed on', async () => {
  const caseNo = await paying.receive({ personIndex: 0, linesFen: [500_000] });
  await paying.approve(caseNo);
  const { recoveryNo } = (await claims()).at(-1)!;
  const decideAnew = async () => {
    const back = { act: 'sendBack', toStage: 'secondReview', reasons: [{ code: 'RS-14' }] };
    expect(await paying.act(caseNo, 'settle1', back)).toBe('secondReview');
    await paying.act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
    const { proposedFen } = await paying.view(caseNo);
    expect(await paying.act(caseNo, 'approver1', { act: 'approve', payableFen: proposedFen })).toBe('preparePayout');
  };
  const isChanged = async (answer: ReturnType<typeof confirm>) => {
    const { status, body } = await answer;
    expect([status, body.code]).toEqual([422, 'OFFSET_UNFIT']);
    expect(body.message).toContain('办件的决定已变更,请驳回');
  };

  const early = offset(caseNo, recoveryNo, 100);
  expect((await propose(other.settle2, early)).status).toBe(201);
  await decideAnew();
  await isChanged(check(other.finreview2, early.id));
  expect(await codeOf(propose(other.settle2, offset(caseNo, recoveryNo, 100)))).toBe('FINANCE_PROPOSAL_OPEN');
  expect((await refuse(other.finreview2, early.id)).status).toBe(200);

  const checked = offset(caseNo, recoveryNo, 100);
  expect((await propose(other.settle2, checked)).status).toBe(201);
  expect((await check(other.finreview2, checked.id)).status).toBe(200);
  await decideAnew();
  await isChanged(confirm(other.finapprove2, checked.id));
  expect((await refuse(other.finapprove2, checked.id)).status).toBe(200);

  await carry(offset(caseNo, recoveryNo, 100), [other.settle2, other.finreview2, other.finapprove2]);
  const { payableFen } = await paying.view(caseNo);
  expect((await paying.pay(caseNo)).orders.at(-1)).toMatchObject({ state: 'paid', amountFen: payableFen! - 100 });
  await paying.readStatement();
  await isWhole();
});

it('is over once somebody who had spoken took a duty in the case', async () => {
  const caseNo = await closedCase(2);
  const isOver = async (answer: ReturnType<typeof confirm>, whose: string) => {
    const { status, body } = await answer;
    expect([status, body.code]).toEqual([409, 'FINANCE_EARLIER_OWN_CASE']);
    expect(body.message).toContain(whose);
    expect(body.next).toContain('驳回');
  };
  const drawer = claimOn(`${caseNo}P1`, 100);
  expect((await propose(other.settle2, drawer)).status).toBe(201);
  await supplemented(caseNo, 5_000);
  await paying.wake(caseNo);
  expect(await paying.act(caseNo, other.settle2, { act: 'preparePayout' })).toBe('financeReview');
  await isOver(check(other.finreview2, drawer.id), `提出人已在办件 ${caseNo} 中承担“拨付制定”职责`);
  expect((await refuse(other.finreview2, drawer.id)).status).toBe(200);

  const reviewer = claimOn(`${caseNo}P1`, 100);
  expect((await propose(other.second2, reviewer)).status).toBe(201);
  expect((await check(other.finreview2, reviewer.id)).status).toBe(200);
  expect(await paying.act(caseNo, other.finreview2, { act: 'confirmPayout' })).toBe('financeApproval');
  await isOver(confirm(other.approver2, reviewer.id), `复核人已在办件 ${caseNo} 中承担“财务复核”职责`);
  expect((await refuse(other.approver2, reviewer.id)).status).toBe(200);
  expect(await paying.act(caseNo, 'finapprove1', { act: 'releasePayout' })).toBe('pay');
  await paying.atStage(caseNo, 'closed');
  await paying.readStatement();
  await isWhole();
});

it('answers with a code where the rows alone see the change', async () => {
  const caseNo = await closedCase(4);
  const body = claimOn(`${caseNo}P1`, 100);
  expect((await propose(other.settle2, body)).status).toBe(201);
  expect((await check(other.finreview2, body.id)).status).toBe(200);
  // As if it had happened between the look and the row.
  await asOwner(paying.api.database.dataSource, (owner) =>
    owner.query(`CREATE OR REPLACE FUNCTION put_recovery(p finance_proposal) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN PERFORM refuse_movement('spec'); END $$`),
  );
  expect(await confirm(other.approver2, body.id)).toMatchObject({ status: 409, body: { code: 'MOVEMENT_CHANGED' } });
  expect((await refuse(other.approver2, body.id)).status).toBe(200);
});
