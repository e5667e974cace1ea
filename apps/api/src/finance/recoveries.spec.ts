import { randomUUID } from 'node:crypto';
import type {
  CaseView,
  ClearingProposal,
  ErrorAnswer,
  PersonLedgerView,
  Recoveries,
  Suspense,
} from '@banjie/contracts';
import { checkBooks, movePayoutOrder, reconcile, rows, walkAudit } from '@banjie/persistence';
import { eventually, testCipher, type TestClient } from '@banjie/testing';
import { carry, check, claimOn, codeOf, confirm, offset, propose, refuse, said, supplement } from './movements.fixture';
import { startPayingApi, type PayingApi } from './paying-api.fixture';

/*
 * 追回 and 抵扣 by three persons (bar 61), on cases that were walked and paid over the API: what is claimed, what comes in for it, what is
 * taken off a later payout – and the ledger of the person, which sums to what the bank's own books say.
 */
const cipher = testCipher();
const agencyId = '450206';
const fundAccount = 'ZC450206';
let paying: PayingApi;
// Those of the road have a duty in every case here; these have none.
let other: Record<'second2' | 'settle2' | 'finreview2' | 'finapprove2' | 'approver2' | 'supervisor1', TestClient>;
let caseA: CaseView;
let receipts = 0;

beforeAll(async () => {
  paying = await startPayingApi('banjie-test-recoveries');
  const names = ['second2', 'settle2', 'finreview2', 'finapprove2', 'approver2', 'supervisor1'] as const;
  const signedIn = await Promise.all(names.map(async (name) => [name, await paying.api.signIn(name)] as const));
  other = Object.fromEntries(signedIn) as typeof other;
  caseA = await paidCase();
});
afterAll(() => paying?.stop());

async function paidCase(): Promise<CaseView> {
  const caseNo = await paying.receive({ personIndex: 0, linesFen: [600_000] });
  await paying.approve(caseNo);
  const paid = await paying.pay(caseNo);
  await paying.readStatement();
  return paid;
}

const claim = (amountFen: number, more: object = {}) => claimOn(`${caseA.caseNo}P1`, amountFen, more);
const takeOff = (body: { id: string }) => carry(body, [other.settle2, other.finreview2, other.finapprove2]);

const claims = async () => (await other.settle2.get<Recoveries>('/api/finance/recoveries?open=true')).body.items;
const ledger = async () =>
  (await other.finreview2.get<PersonLedgerView>(`/api/finance/persons/${caseA.personId}/ledger`)).body;

/** What the bank's own process has in its books of this person's cases and of money that came in. */
async function bankSum(caseNos: readonly string[]): Promise<number> {
  const entries = await paying.bank.statement();
  const moved = entries
    .filter(({ orderNo }) => caseNos.some((caseNo) => orderNo.startsWith(caseNo)))
    .reduce((sum, { kind, amountFen }) => sum + (kind === 'debit' ? amountFen : -amountFen), 0);
  return moved - (await paying.bank.summary()).receipts.sumFen;
}

async function isWhole(): Promise<void> {
  const { dataSource } = paying.api.database;
  expect(await checkBooks(dataSource, agencyId, new Date())).toEqual([]);
  const span = { agencyId, from: new Date(0), until: new Date(Date.now() + 60_000), overdueBefore: new Date(0) };
  expect((await reconcile(dataSource, span))!.balance.differenceFen).toBe(0);
  expect((await walkAudit(dataSource, cipher)).faults).toEqual([]);
}

const toldOf = async (caseNo: string) =>
  (
    await rows<{ notice: string }>(
      paying.api.database.dataSource,
      `SELECT payload->>'notice' AS notice FROM outbox WHERE topic = 'notice' AND case_no = $1`,
      [caseNo],
    )
  ).map(({ notice }) => notice);

it('claims by three persons, none of them with a duty in the case, and never more than was paid', async () => {
  const paidFen = caseA.orders[0]!.amountFen;
  expect(await codeOf(propose(paying.as.settle1, claim(1_000)))).toBe('FINANCE_OWN_CASE');
  expect(await codeOf(propose(other.settle2, claim(paidFen + 1)))).toBe('RECOVERY_UNFIT');
  expect(await codeOf(propose(other.settle2, claim(1_000, { orderNo: 'NOT-OURS' })))).toBe('RECOVERY_UNFIT');
  expect(await codeOf(propose(other.finreview2, claim(1_000)))).toBe('FORBIDDEN');
  const body = claim(1_000);
  expect(await propose(other.second2, body)).toMatchObject({
    status: 201,
    body: { mayCheck: false, mayDecide: false },
  });
  expect((await propose(other.second2, body)).status).toBe(201);
  expect(await codeOf(propose(other.settle2, claim(5)))).toBe('FINANCE_PROPOSAL_OPEN');
  expect(await codeOf(confirm(other.approver2, body.id))).toBe('FINANCE_PROPOSAL_UNCHECKED');
  expect(await codeOf(check(paying.as.finreview1, body.id))).toBe('FINANCE_OWN_CASE');
  expect(await codeOf(check(other.settle2, body.id))).toBe('FORBIDDEN');
  expect(await check(other.finreview2, body.id)).toMatchObject({ status: 200, body: { checkedBy: '财务复核乙' } });
  expect(await codeOf(confirm(other.finapprove2, body.id))).toBe('NOT_YOUR_POST');
  expect(await codeOf(confirm(paying.as.approver1, body.id))).toBe('FINANCE_OWN_CASE');
  expect(await claims()).toEqual([]);
  const [before] = await capOf();
  expect(await confirm(other.approver2, body.id)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
  expect((await confirm(other.approver2, body.id)).status).toBe(200);
  expect(await claims()).toEqual([
    expect.objectContaining({
      recoveryNo: `${caseA.caseNo}R1`,
      amountFen: 1_000,
      openFen: 1_000,
      reasonLabel: '待遇核定有误,多付',
    }),
  ]);
  // What is claimed back of the year's benefit is room under its cap again (R-AM-02b).
  expect((await capOf())[0]!.fen).toBe(before!.fen - 1_000);
  expect(await toldOf(caseA.caseNo)).toContain('recoveryNotice');
  expect(await codeOf(propose(other.settle2, claim(paidFen - 999)))).toBe('RECOVERY_UNFIT');
  await isWhole();
});

const capOf = () =>
  rows<{ fen: number }>(paying.api.database.dataSource, `SELECT used_fen AS fen FROM cap_usage WHERE person_id = $1`, [
    caseA.personId,
  ]);

it('closes a claim with money that came in, as two persons find', async () => {
  const recoveryNo = `${caseA.caseNo}R1`;
  const receive = async (amountFen: number) => {
    receipts += 1;
    const receipt = { receiptNo: `TH${receipts}`, fundAccount, amountFen, payerAccount: '6222000012340000' };
    await paying.bank.receive({ ...receipt, purpose: 'transfer' });
    await paying.readStatement();
    return (await other.settle2.get<Suspense>('/api/finance/exceptions')).body.items.at(-1)!.entryNo;
  };
  const find = async (entryNo: number, more: object) => {
    const body = { id: randomUUID(), clearing: 'recovered', reason: 'CL-99', text: '参保人退款', ...more };
    const document = { number: '回单 7', text: '银行回单' };
    const path = `/api/finance/exceptions/${entryNo}/proposals`;
    const proposed = await other.settle2.post<ClearingProposal & ErrorAnswer>(path, { ...body, document });
    if (proposed.status !== 201) return proposed.body.code;
    const confirmed = await other.finreview2.post<ClearingProposal & ErrorAnswer>(
      `/api/finance/exceptions/proposals/${body.id}/confirm`,
      {},
    );
    return confirmed.status === 200 ? confirmed.body.state : confirmed.body.code;
  };
  const entryNo = await receive(400);
  expect(await find(entryNo, {})).toBe('CLEARING_INCOMPLETE');
  expect(await find(entryNo, { recoveryNo: 'NOT-OURS' })).toBe('CLEARING_UNFIT');
  expect(await find(entryNo, { recoveryNo })).toBe('confirmed');
  expect(await claims()).toEqual([expect.objectContaining({ recoveryNo, receivedFen: 400, openFen: 600 })]);
  // More than is claimed is no money of this claim.
  expect(await find(await receive(601), { recoveryNo })).toBe('CLEARING_UNFIT');
  await isWhole();
});

it('takes an open claim off a later payout of the same person, which is told and shown', async () => {
  const recoveryNo = `${caseA.caseNo}R1`;
  const caseB = await paying.receive({ personIndex: 0, linesFen: [500_000] });
  expect(await codeOf(propose(other.settle2, offset(caseB, recoveryNo, 100)))).toBe('OFFSET_UNFIT');
  await paying.approve(caseB);
  const { payableFen } = await paying.view(caseB);
  expect(await codeOf(propose(other.settle2, offset(caseB, recoveryNo, 601)))).toBe('OFFSET_UNFIT');
  expect(await codeOf(propose(other.settle2, offset(caseB, 'NOT-OURS', 100)))).toBe('RECOVERY_NOT_FOUND');
  const stranger = await paying.receive({ personIndex: 1, linesFen: [500_000] });
  await paying.approve(stranger);
  expect(await codeOf(propose(other.settle2, offset(stranger, recoveryNo, 100)))).toBe('OFFSET_UNFIT');
  const groundless = { ...offset(caseB, recoveryNo, 100).movement, basis: 'because' };
  expect(await codeOf(propose(other.settle2, said(groundless)))).toBe('BAD_SHAPE');

  await takeOff(offset(caseB, recoveryNo, 250));
  expect(await toldOf(caseB)).toContain('offsetNotice');
  expect((await paying.view(caseB)).offsets).toEqual([
    expect.objectContaining({ recoveryNo, amountFen: 250, basisLabel: '本人书面同意' }),
  ]);
  const { orders } = await paying.pay(caseB);
  expect(orders[0]).toMatchObject({ state: 'paid', amountFen: payableFen! - 250 });
  await paying.readStatement();
  const booked = (await paying.bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseB));
  expect(booked.map(({ amountFen }) => amountFen)).toEqual([payableFen! - 250]);
  expect(await claims()).toEqual([expect.objectContaining({ openFen: 350, offsetFen: 250 })]);
  // What is drawn or paid is reduced no more.
  expect(await codeOf(propose(other.settle2, offset(caseB, recoveryNo, 100)))).toBe('OFFSET_UNFIT');
  await isWhole();

  const shown = await ledger();
  const [first] = shown.lines.filter(({ kind }) => kind === 'decision');
  expect(first).toMatchObject({ caseNo: caseA.caseNo, kindLabel: '审批决定', stateLabel: '有效', bank: null });
  expect(shown.totals.bankFen).toBe((await bankSum([caseA.caseNo, caseB])) + 601);
  expect(shown.totals.movedFen).toBe(shown.totals.bankFen);
  expect(shown.totals).toMatchObject({
    recoveryFen: 1_000,
    receivedFen: 400,
    offsetFen: 250,
    claimedFen: 350,
    owedFen: 0,
  });
});

it('claims anew what was taken off a payout whose decision fell, and draws the reduced amount after a 退票', async () => {
  const recoveryNo = `${caseA.caseNo}R1`;
  const caseC = await paying.receive({ personIndex: 0, linesFen: [400_000] });
  await paying.approve(caseC);
  await takeOff(offset(caseC, recoveryNo, 300));
  expect(await claims()).toEqual([expect.objectContaining({ openFen: 50 })]);
  const back = { act: 'sendBack', toStage: 'secondReview', reasons: [{ code: 'RS-14' }] };
  expect(await paying.act(caseC, 'settle1', back)).toBe('secondReview');
  expect(await claims()).toEqual([expect.objectContaining({ openFen: 350 })]);
  await isWhole();

  await paying.act(caseC, 'second1', { act: 'propose', outcome: 'pass' });
  const { proposedFen } = await paying.view(caseC);
  await paying.act(caseC, 'approver1', { act: 'approve', payableFen: proposedFen });
  await takeOff(offset(caseC, recoveryNo, 350));
  expect(await claims()).toEqual([]);
  await paying.bank.setFault({ kind: 'returnAfter', match: { orderNo: `${caseC}P1` }, ms: 1, reason: '账户已销户' });
  await paying.pay(caseC);
  await paying.readStatement();
  await eventually(
    () => paying.view(caseC),
    ({ acts }) => acts.at(-1)?.act === 'returnPayout',
    20_000,
  );
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
  await paying.act(caseC, 'window1', { act: 'deliver', way: 'window', deliveredOn: date, receiver: '本人' });
  await paying.atStage(caseC, 'preparePayout');
  const { name: accountName } = paying.api.world.persons[0]!;
  const payee = { accountName, accountNumber: '6222000055550000', bankCode: '102100099996', relation: 'self' };
  const { orders } = await paying.pay(caseC, { payee });
  expect(orders.map(({ state, amountFen }) => [state, amountFen])).toEqual([
    ['returned', proposedFen! - 350],
    ['paid', proposedFen! - 350],
  ]);
  await paying.readStatement();
  await isWhole();
});

it('sums to the bank’s own books, line by line, for those who may see it', async () => {
  const shown = await ledger();
  const caseNos = [...new Set(shown.lines.map(({ caseNo }) => caseNo))];
  expect(caseNos).toHaveLength(3);
  // 601 came in that nobody has found to be this person's.
  expect(shown.totals.bankFen).toBe((await bankSum(caseNos)) + 601);
  expect(shown.lines.filter(({ movedFen, bank }) => movedFen !== (bank?.fen ?? 0))).toEqual([]);
  const { decidedFen, recoveryFen, overpaidFen, owedFen, claimedFen, movedFen } = shown.totals;
  expect(movedFen).toBe(decidedFen - owedFen - recoveryFen + claimedFen);
  expect([owedFen, claimedFen, overpaidFen]).toEqual([0, 0, 0]);
  const person = paying.api.world.persons[0]!;
  expect(JSON.stringify(shown)).not.toContain(person.name);
  expect(shown.idNumber).toMatch(/^\d{4}\*{10}.{4}$/);

  const path = `/api/finance/persons/${caseA.personId}/ledger`;
  expect(await paying.as.window1.refusal('GET', path)).toEqual([403, 'FORBIDDEN']);
  expect(await other.supervisor1.refusal('GET', `/api/finance/persons/${randomUUID()}/ledger`)).toEqual([
    404,
    'PERSON_LEDGER_NOT_FOUND',
  ]);
  const reads = await rows(paying.api.database.dataSource, `SELECT 1 FROM read_log WHERE what = $1`, [
    `personLedger:${caseA.personId}`,
  ]);
  expect(reads.length).toBeGreaterThanOrEqual(2);
});

describe('补付', () => {
  const raise = async (caseNo: string, amountFen: number) => {
    const body = supplement(caseNo, amountFen);
    expect(await propose(other.second2, body)).toMatchObject({ status: 201, body: { kindLabel: '补付' } });
    expect((await check(other.finreview2, body.id)).status).toBe(200);
    return confirm(other.approver2, body.id);
  };
  const deliver = { act: 'deliver', way: 'window', receiver: '本人' };
  const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
  const paidIn = async (caseNo: string) =>
    (await paying.view(caseNo)).orders.map(({ orderNo, state, amountFen }) => [orderNo.slice(-2), state, amountFen]);

  let caseNo: string;
  let firstFen: number;

  it('re-opens a closed case at 拨付制定 by three persons, within what was claimed, to the account that was paid', async () => {
    caseNo = await paying.receive({ personIndex: 2, linesFen: [300_000] });
    await paying.approve(caseNo);
    firstFen = (await paying.pay(caseNo)).orders[0]!.amountFen;
    expect(await codeOf(propose(other.second2, supplement(caseNo, 100)))).toBe('SUPPLEMENT_UNFIT');
    await paying.act(caseNo, 'window1', { ...deliver, deliveredOn: today() });
    await paying.atStage(caseNo, 'closed');
    await paying.readStatement();
    expect(await codeOf(propose(other.second2, supplement(caseNo, 300_001 - firstFen)))).toBe('SUPPLEMENT_UNFIT');
    expect(await codeOf(propose(paying.as.second1, supplement(caseNo, 100)))).toBe('FINANCE_OWN_CASE');
    expect(await codeOf(propose(other.settle2, supplement(caseNo, 100)))).toBe('NOT_YOUR_POST');
    expect(await raise(caseNo, 5_000)).toMatchObject({ status: 200, body: { state: 'confirmed' } });
    const seen = await paying.view(caseNo);
    expect(seen).toMatchObject({ stage: 'preparePayout', closedAt: null, outcome: 'approved' });
    expect(seen.acts.at(-1)).toMatchObject({ act: 'supplementPayout', actLabel: '补付决定入账' });
    expect(await toldOf(caseNo)).toContain('supplementPayNotice');
    // One at a time.
    expect(await codeOf(propose(other.second2, supplement(caseNo, 100)))).toBe('SUPPLEMENT_UNFIT');
    await isWhole();
  });

  it('is refused by whoever may check it, 复核岗 too, who refuses nothing else', async () => {
    const closed = await paying.receive({ personIndex: 5, linesFen: [300_000] });
    await paying.approve(closed);
    await paying.pay(closed);
    await paying.act(closed, 'window1', { ...deliver, deliveredOn: today() });
    await paying.atStage(closed, 'closed');
    await paying.readStatement();
    const [staff] = await paying.newStaff([['secondReviewer']]);
    const reviewer = staff!.client;
    const [more, back] = [supplement(closed, 100), claimOn(`${closed}P1`, 100)];
    for (const body of [more, back]) expect((await propose(other.second2, body)).status).toBe(201);
    expect(await refuse(reviewer, more.id)).toMatchObject({ status: 200, body: { state: 'refused' } });
    expect(await codeOf(refuse(reviewer, back.id))).toBe('NOT_YOUR_POST');
    expect((await refuse(other.finreview2, back.id)).status).toBe(200);
  });

  it('is paid by others than those who raised it, and falls without a word against its account', async () => {
    await paying.wake(caseNo);
    await paying.act(caseNo, 'settle1', { act: 'preparePayout' });
    const { dataSource } = paying.api.database;
    const raisers = await rows<{ username: string }>(
      dataSource,
      `SELECT username FROM case_duty d JOIN staff_account s ON s.id::text = d.person_id
       WHERE case_no = $1 AND duty = 'supplement' ORDER BY 1`,
      [caseNo],
    );
    expect(raisers.map(({ username }) => username)).toEqual(['approver2', 'finreview2', 'second2']);
    expect(await paying.act(caseNo, other.finreview2, { act: 'confirmPayout' })).toBe('DUTY_CONFLICT');
    const back = { act: 'sendBack', toStage: 'preparePayout', reasons: [{ code: 'RS-14' }] };
    expect(await paying.act(caseNo, 'finreview1', back)).toBe('preparePayout');
    const { name: accountName } = paying.api.world.persons[2]!;
    const payee = { accountName, accountNumber: '6222000077770000', bankCode: '102100099996', relation: 'self' };
    expect(await paying.act(caseNo, 'settle1', { act: 'preparePayout', payee })).toBe('PAYEE_CHANGED');
  });

  it('is drawn, checked, released and paid as any order, and what came back of the first is missed by nobody', async () => {
    await paying.act(caseNo, 'settle1', { act: 'preparePayout' });
    await paying.act(caseNo, 'finreview1', { act: 'confirmPayout' });
    // The first payment comes back while the second is on its way: nothing of it is lost.
    const { dataSource } = paying.api.database;
    await dataSource.transaction((manager) =>
      movePayoutOrder(manager, `${caseNo}P1`, { from: ['paid'], to: 'returned', at: new Date(), bankReason: 'other' }),
    );
    await paying.act(caseNo, 'finapprove1', { act: 'releasePayout' });
    await paying.atStage(caseNo, 'closed');
    expect(await paidIn(caseNo)).toEqual([
      ['P1', 'returned', firstFen],
      ['P2', 'void', 5_000],
      ['P3', 'paid', 5_000],
    ]);
    const booked = (await paying.bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));
    expect(new Set(booked.map(({ payeeAccount }) => payeeAccount)).size).toBe(1);
    await paying.tellReturn(caseNo, `${caseNo}P1`);
    expect(await paying.atStage(caseNo, 'preparePayout')).toMatchObject({ outcome: 'approved' });
    const { name: accountName } = paying.api.world.persons[2]!;
    const payee = { accountName, accountNumber: '6222000066660000', bankCode: '102100099996', relation: 'self' };
    expect(await paying.act(caseNo, 'settle1', { act: 'preparePayout' })).toBe('NEW_PAYEE_REQUIRED');
    await paying.pay(caseNo, { payee });
    await paying.atStage(caseNo, 'closed');
    expect(await paidIn(caseNo)).toEqual([
      ['P1', 'returned', firstFen],
      ['P2', 'void', 5_000],
      ['P3', 'paid', 5_000],
      ['P4', 'paid', firstFen],
    ]);
    const personId = (await paying.view(caseNo)).personId!;
    const { body } = await other.finreview2.get<PersonLedgerView>(`/api/finance/persons/${personId}/ledger`);
    expect((await walkAudit(dataSource, cipher)).faults).toEqual([]);
    expect(body.totals).toMatchObject({ decidedFen: firstFen + 5_000, paidFen: firstFen + 5_000, owedFen: 0 });
  });

  it('pays nothing that a row alone adds', async () => {
    const { dataSource } = paying.api.database;
    const added = dataSource.query(
      `INSERT INTO decision (id, case_no, round, outcome, payable_fen, payee_digest, decided_by, decided_at, supplements, proposal_id)
       SELECT gen_random_uuid(), case_no, 99, outcome, 100, payee_digest, decided_by, now(), id, gen_random_uuid() FROM decision
       WHERE case_no = $1 AND supplements IS NULL`,
      [caseNo],
    );
    await expect(added).rejects.toMatchObject({ driverError: { constraint: 'movement_lawful' } });
  });
});

it('leaves the role of the app no way around the three persons', async () => {
  const { dataSource } = paying.api.database;
  const denied = { driverError: { code: '42501' } };
  await expect(dataSource.query(`INSERT INTO recovery SELECT * FROM recovery`)).rejects.toMatchObject(denied);
  await expect(dataSource.query(`INSERT INTO recovery_offset SELECT * FROM recovery_offset`)).rejects.toMatchObject(
    denied,
  );
  await expect(dataSource.query(`UPDATE recovery_offset SET voided_at = now()`)).rejects.toMatchObject(denied);
  const body = claim(10);
  await propose(other.settle2, body);
  const confirmWith = (sql: string) =>
    dataSource.query(`UPDATE finance_proposal SET state = 'confirmed', decided_at = now(), ${sql} WHERE id = $1`, [
      body.id,
    ]);
  const someone = (name: string) => `(SELECT id FROM staff_account WHERE username = '${name}')`;
  const broken = (constraint: string) => ({ driverError: { constraint } });
  await expect(confirmWith(`decided_by = ${someone('approver2')}`)).rejects.toMatchObject(
    broken('finance_proposal_checked'),
  );
  const twice = `checked_at = now(), checked_by = ${someone('finreview2')}, decided_by = ${someone('finreview2')}`;
  await expect(confirmWith(twice)).rejects.toMatchObject(broken('finance_proposal_two_persons'));
  const withDuty = `checked_at = now(), checked_by = ${someone('finreview1')}, decided_by = ${someone('approver2')}`;
  await expect(confirmWith(withDuty)).rejects.toMatchObject(broken('movement_lawful'));
  // Three names in the row, but no act of theirs in the chain: the audit sees it.
  await confirmWith(`checked_at = now(), checked_by = ${someone('finreview2')}, decided_by = ${someone('approver2')}`);
  expect((await walkAudit(dataSource, cipher)).faults.map(({ kind }) => kind)).toContain('financeDiffers');
});
