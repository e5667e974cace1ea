import { randomUUID } from 'node:crypto';
import type { AttachmentAnswer, CaseClocks } from '@banjie/contracts';
import { openFiledClaim, payeeDigest, rows, sealPayee, walkAudit, type FrozenPayee } from '@banjie/persistence';
import { testCipher } from '@banjie/testing';
import { pdf } from '../filings/scans.fixture';
import { startPayingApi, type PayingApi } from './paying-api.fixture';

/*
 * The account that is paid is the account that was approved, byte for byte (bar 54). Before anything was sent another account
 * goes back to 复核 and 审批 (M7); after the bank's own word it goes through the three persons of finance once more.
 */
const cipher = testCipher();
let paying: PayingApi;

beforeAll(async () => {
  paying = await startPayingApi('banjie-test-payee-change');
});
afterAll(() => paying?.stop());

const accountWrong = [{ code: 'RS-15' }];
let accounts = 0;
const account = (personIndex: number) => ({
  accountName: paying.api.world.persons[personIndex]!.name,
  accountNumber: `62170000${String((accounts += 1)).padStart(8, '0')}`,
  bankCode: '103100000026',
  relation: 'self' as const,
});

const bookingsOf = async (caseNo: string) =>
  (await paying.bank.statement()).filter(({ orderNo }) => orderNo.startsWith(caseNo));

const decisionsOf = (caseNo: string) =>
  rows<{ digest: string; isLive: boolean }>(
    paying.api.database.dataSource,
    `SELECT encode(payee_digest, 'hex') AS digest, voided_at IS NULL AS "isLive" FROM decision WHERE case_no = $1 ORDER BY round`,
    [caseNo],
  );

const digestOf = (payee: FrozenPayee) => payeeDigest(cipher, payee).toString('hex');

async function filedPayee(caseNo: string): Promise<FrozenPayee> {
  const [filing] = await rows<{ body: Buffer }>(
    paying.api.database.dataSource,
    `SELECT body_enc AS body FROM filing WHERE case_no = $1`,
    [caseNo],
  );
  return openFiledClaim(cipher, { filingBody: filing!.body, correctedPayee: null }).payee;
}

it('pays the filed account to the letter where nobody changed it', async () => {
  const caseNo = await paying.receive({ personIndex: 0 });
  await paying.approve(caseNo);
  await paying.pay(caseNo);
  const filed = await filedPayee(caseNo);
  expect(await bookingsOf(caseNo)).toEqual([
    expect.objectContaining({ kind: 'debit', payeeAccount: filed.accountNumber }),
  ]);
  expect(await decisionsOf(caseNo)).toEqual([{ digest: digestOf(filed), isLive: true }]);
});

it('re-opens 复核 for another account after 审批, and pays the one that was approved then', async () => {
  const caseNo = await paying.receive({ personIndex: 1 });
  await paying.approve(caseNo);
  const filed = await filedPayee(caseNo);
  const wanted = account(1);
  // Finance alone can name no other account while the approved one was never tried.
  expect(await paying.act(caseNo, 'settle1', { act: 'preparePayout', payee: wanted })).toBe('PAYEE_CHANGED');
  await paying.act(caseNo, 'settle1', { act: 'preparePayout' });
  const back = { act: 'sendBack', toStage: 'secondReview', reasons: accountWrong };
  expect(await paying.act(caseNo, 'finreview1', back)).toBe('secondReview');
  expect(await decisionsOf(caseNo)).toEqual([{ digest: digestOf(filed), isLive: false }]);

  const stranger = { ...wanted, accountName: '路人甲' };
  const propose = { act: 'propose', outcome: 'pass' };
  expect(await paying.act(caseNo, 'second1', { ...propose, payee: stranger })).toBe('PAYEE_NOT_LAWFUL');
  expect(await paying.act(caseNo, 'second1', { ...propose, payee: wanted })).toBe('approval');
  const { correctedPayee, proposedFen } = await paying.view(caseNo);
  expect(correctedPayee).toMatchObject({ accountNumber: wanted.accountNumber, relationLabel: '参保人本人' });
  // Who named it cannot approve it (SD-01), and whoever needs no number sees none.
  expect(await paying.act(caseNo, 'second1', { act: 'approve', payableFen: proposedFen })).toBe('NOT_YOUR_POST');
  const seen = (await paying.as.approver1.get<object>(`/api/cases/${caseNo}`)).body;
  expect(JSON.stringify(seen)).not.toContain(wanted.accountNumber);
  expect(await paying.act(caseNo, 'approver1', { act: 'approve', payableFen: proposedFen })).toBe('preparePayout');
  await paying.pay(caseNo);
  expect((await bookingsOf(caseNo)).map((entry) => [entry.orderNo, entry.payeeAccount])).toEqual([
    [`${caseNo}P2`, wanted.accountNumber],
  ]);
  expect(await decisionsOf(caseNo)).toEqual([
    { digest: digestOf(filed), isLive: false },
    { digest: digestOf(wanted), isLive: true },
  ]);
});

it('takes the account of kin with its papers at 复核, once the case was sent back', async () => {
  const caseNo = await paying.receive({ personIndex: 2 });
  const path = `/api/cases/${caseNo}/attachments`;
  const paper = (kind: string, facts: object) => {
    const form = new FormData();
    form.append('paper', kind);
    form.append('facts', JSON.stringify({ legible: true, ...facts }));
    form.append('file', new Blob([new Uint8Array(pdf(randomUUID()))]), '材料.pdf');
    return form;
  };
  await paying.approve(caseNo);
  expect((await paying.as.second1.refusal('POST', path, paper('kinshipProof', {})))[1]).toBe('NOT_TAKING_PAPERS');
  await paying.act(caseNo, 'settle1', { act: 'sendBack', toStage: 'secondReview', reasons: accountWrong });
  const attached = [
    await paying.as.window1.post<AttachmentAnswer>(path, paper('kinBankAccount', { ownName: '亲属示例' })),
    await paying.as.second1.post<AttachmentAnswer>(path, paper('kinshipProof', {})),
  ];
  expect(attached.map(({ status }) => status)).toEqual([201, 201]);
  const payee = { ...account(2), accountName: '亲属示例', relation: 'kin', kinRelation: 'child' };
  const propose = { act: 'propose', outcome: 'pass', payee };
  expect(await paying.act(caseNo, 'second1', propose)).toBe('PAYEE_NOT_LAWFUL');
  const attachmentIds = attached.map(({ body }) => body.id);
  expect(await paying.act(caseNo, 'second1', { ...propose, attachmentIds })).toBe('approval');
  const { proposedFen } = await paying.view(caseNo);
  await paying.act(caseNo, 'approver1', { act: 'approve', payableFen: proposedFen });
  await paying.pay(caseNo);
  expect((await bookingsOf(caseNo)).map((entry) => entry.payeeAccount)).toEqual([payee.accountNumber]);
});

it('decides on no account that a row alone names', async () => {
  const caseNo = await paying.receive({ personIndex: 3 });
  await paying.approve(caseNo);
  const { dataSource } = paying.api.database;
  await paying.act(caseNo, 'settle1', { act: 'sendBack', toStage: 'secondReview', reasons: accountWrong });
  await paying.act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  const { proposedFen } = await paying.view(caseNo);
  // An account put there by SQL is not what anybody proposed.
  const { payeeEnc } = sealPayee(cipher, account(3));
  await rows(dataSource, `INSERT INTO case_payee (case_no, seq, payee_enc) VALUES ($1, 99, $2)`, [caseNo, payeeEnc]);
  expect(await paying.act(caseNo, 'approver1', { act: 'approve', payableFen: proposedFen })).toBe('PAYEE_CHANGED');
  expect((await walkAudit(dataSource, cipher)).faults.map(({ caseNo: of, kind }) => [of, kind])).toEqual([
    [caseNo, 'amountDiffers'],
  ]);
});

it('checks the account anew after a 退票, tells the person, and pays once more under an order linked to the old', async () => {
  const caseNo = await paying.receive({ personIndex: 4 });
  await paying.approve(caseNo);
  const first = { orderNo: `${caseNo}P1` };
  await paying.bank.setFault({ kind: 'returnAfter', match: first, ms: 1, reason: '账户已销户' });
  await paying.pay(caseNo);
  await paying.act(caseNo, 'window1', { act: 'deliver', way: 'window', deliveredOn: today(), receiver: '本人' });
  await paying.atStage(caseNo, 'closed');
  await paying.readStatement();
  await paying.atStage(caseNo, 'preparePayout');
  const notices = await rows<{ payload: { notice: string } }>(
    paying.api.database.dataSource,
    `SELECT payload FROM outbox WHERE topic = 'notice' AND case_no = $1 ORDER BY id`,
    [caseNo],
  );
  expect(notices.map(({ payload }) => payload.notice)).toContain('paymentReturned');

  // A clock of its own: on the case, under the task and with a rung to look at (04-clocks § 2).
  const own = async () =>
    (await paying.as.settle1.get<CaseClocks>(`/api/cases/${caseNo}/clocks`)).body.clocks.find(
      ({ clock }) => clock === 'K-86',
    );
  expect(await own()).toMatchObject({ state: 'running', label: '退票更正账户并重新支付', limitWorkingDays: 10 });
  const [task] = await rows<{ clock: string; isLooked: boolean }>(
    paying.api.database.dataSource,
    `SELECT t.due_clock AS clock, c.next_rung_at IS NOT NULL AS "isLooked" FROM task t JOIN cases c ON c.case_no = t.case_no
     WHERE t.case_no = $1 AND t.state = 'open'`,
    [caseNo],
  );
  expect(task).toEqual({ clock: 'K-86', isLooked: true });

  const wanted = account(4);
  expect(await paying.act(caseNo, 'settle1', { act: 'preparePayout' })).toBe('NEW_PAYEE_REQUIRED');
  expect(await paying.act(caseNo, 'settle1', { act: 'preparePayout', payee: wanted })).toBe('financeReview');
  expect(await paying.act(caseNo, 'finapprove1', { act: 'releasePayout' })).toBe('ACT_NOT_ALLOWED');
  expect(await paying.act(caseNo, 'settle1', { act: 'confirmPayout' })).toBe('NOT_YOUR_POST');
  await paying.act(caseNo, 'finreview1', { act: 'confirmPayout' });
  await paying.act(caseNo, 'finapprove1', { act: 'releasePayout' });
  const { orders } = await paying.atStage(caseNo, 'closed');
  expect(await own()).toMatchObject({ state: 'stopped' });
  expect(orders.map(({ state, previousOrderNo }) => [state, previousOrderNo])).toEqual([
    ['returned', null],
    ['paid', first.orderNo],
  ]);
  const booked = await bookingsOf(caseNo);
  expect(booked.map(({ kind, payeeAccount }) => [kind, payeeAccount]).slice(-1)).toEqual([
    ['debit', wanted.accountNumber],
  ]);
  const leftFen = booked.reduce((sum, { kind, amountFen }) => sum + (kind === 'debit' ? amountFen : -amountFen), 0);
  expect(leftFen).toBe(orders[0]!.amountFen);
});

const today = () => new Intl.DateTimeFormat('en-CA', { timeZone: 'Asia/Shanghai' }).format(new Date());
