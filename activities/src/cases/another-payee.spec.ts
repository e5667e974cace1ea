import { randomUUID } from 'node:crypto';
import type { ActBody, ActBodyOf } from '@banjie/contracts';
import { DomainError, type ActCode, type CasePosition, type Paper, type PaperFacts } from '@banjie/domain';
import { confirmClearing, keepActBody, openPayee, proposeClearing, recordBankEntry, rows } from '@banjie/persistence';
import {
  accountOf,
  attachTestPaper,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { commitAct, loadCase, type CommitDependencies } from './commit-act';

// After a refusal by the bank the settlement clerk enters another account alone: R-MT-3 judges it as at 收件 (SD-08).
const cipher = testCipher();
let database: TestDatabase;
let world: TestWorld;
let dependencies: CommitDependencies;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  dependencies = { dataSource: database.dataSource, cipher, findGaps: async () => [] };
});
afterAll(() => database?.drop());

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;
type Payee = NonNullable<ActBodyOf<'preparePayout'>['payee']>;

async function act(caseNo: string, username: string, wanted: Wanted): Promise<CasePosition> {
  const { position } = await loadCase(database.dataSource, caseNo);
  const [actionId, seenSeq, actorId] = [randomUUID(), position.seq, accountOf(world, username).id];
  const body = { ...wanted, actionId, seenSeq };
  const kept = { actionId, caseNo, act: wanted.act, actorId, seenSeq, body, requestId: null };
  await keepActBody(database.dataSource, cipher, kept);
  return commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 });
}

async function systemAct(caseNo: string, code: ActCode): Promise<CasePosition> {
  const { position } = await loadCase(database.dataSource, caseNo);
  const input = { caseNo, actionId: randomUUID(), act: code, actorId: 'system:workflow', seq: position.seq + 1 };
  return commitAct(dependencies, input);
}

async function refusalOf(work: Promise<unknown>): Promise<DomainError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('the act was not refused');
}

const factsOf = async (caseNo: string, code: ActCode) =>
  (
    await rows<{ facts: Record<string, unknown> }>(
      database.dataSource,
      `SELECT facts FROM case_act WHERE case_no = $1 AND act = $2 ORDER BY seq DESC LIMIT 1`,
      [caseNo, code],
    )
  )[0]!.facts;

/** A case whose first order the bank refused. */
async function refusedCase(personIndex: number): Promise<{ caseNo: string; filingId: string; name: string }> {
  const options = { linesFen: [400_000, 200_000], personIndex };
  const { caseNo, filingId } = await receiveTestCase(database.dataSource, cipher, world, options);
  await act(caseNo, 'initial1', { act: 'accept' });
  await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  const [proposed] = await rows<{ fen: number }>(
    database.dataSource,
    `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
    [caseNo],
  );
  await act(caseNo, 'approver1', { act: 'approve', payableFen: proposed!.fen });
  await act(caseNo, 'settle1', { act: 'preparePayout' });
  await act(caseNo, 'finreview1', { act: 'confirmPayout' });
  await act(caseNo, 'finapprove1', { act: 'releasePayout' });
  await database.dataSource.query(
    `UPDATE payout_order SET state = 'failed', bank_reason = 'accountClosed' WHERE order_no = $1`,
    [`${caseNo}P1`],
  );
  expect(await systemAct(caseNo, 'settlePayout')).toMatchObject({ stage: 'preparePayout' });
  return { caseNo, filingId, name: world.persons[personIndex]!.name };
}

const attach = (filingId: string, paper: Paper, facts: Partial<PaperFacts> = {}) =>
  attachTestPaper(database.dataSource, cipher, world, { filingId, paper, facts });

const payeeOf = async (orderNo: string) => {
  const [order] = await rows<{ payee_enc: Buffer }>(
    database.dataSource,
    `SELECT payee_enc FROM payout_order WHERE order_no = $1`,
    [orderNo],
  );
  return openPayee(cipher, order!.payee_enc);
};

it('is the insured person under the own name, and nobody else without papers', async () => {
  const { caseNo, name } = await refusedCase(0);
  const account: Payee = {
    accountName: name,
    accountNumber: '6222 0000 9999 0000',
    bankCode: '102100099996',
    relation: 'self',
  };
  const draw = (payee?: Payee) => act(caseNo, 'settle1', { act: 'preparePayout', payee });

  const asked = await refusalOf(draw());
  expect(asked).toMatchObject({ code: 'NEW_PAYEE_REQUIRED', field: 'payee' });
  expect(asked.message).toContain('账户已销户');
  const strangers: Payee[] = [
    { ...account, accountName: '路人甲' },
    { ...account, accountName: '路人甲😀', accountNumber: 'abcdef', bankCode: '??', relation: 'kin' },
    { ...account, accountName: '路人甲', relation: 'kin', kinRelation: 'child' },
    { ...account, accountNumber: 'abcdef' },
    { ...account, bankCode: '??' },
  ];
  for (const stranger of strangers) expect(await refusalOf(draw(stranger))).toMatchObject({ code: 'PAYEE_NOT_LAWFUL' });
  expect(await rows(database.dataSource, `SELECT 1 FROM payout_order WHERE case_no = $1`, [caseNo])).toHaveLength(1);

  await draw(account);
  expect(await payeeOf(`${caseNo}P2`)).toEqual({
    accountName: name,
    accountNumber: '6222000099990000',
    bankCode: '102100099996',
    relation: 'self',
  });
  expect(JSON.stringify(await factsOf(caseNo, 'preparePayout'))).not.toContain('62220000');
});

it('is kin with the papers of this very filing', async () => {
  const { caseNo, filingId } = await refusedCase(1);
  const payee: Payee = {
    accountName: '亲属示例',
    accountNumber: '6222000099990001',
    bankCode: '102100099996',
    relation: 'kin',
    kinRelation: 'child',
  };
  const draw = (attachmentIds?: string[]) => act(caseNo, 'settle1', { act: 'preparePayout', payee, attachmentIds });
  const account = await attach(filingId, 'kinBankAccount', { ownName: '亲属示例' });
  const others = await receiveTestCase(database.dataSource, cipher, world, { personIndex: 2 });
  const foreignProof = await attach(others.filingId, 'kinshipProof');
  const unsigned = await attach(filingId, 'kinshipCommitment');
  expect(await refusalOf(draw())).toMatchObject({ code: 'PAYEE_NOT_LAWFUL' });
  expect(await refusalOf(draw([account]))).toMatchObject({ code: 'PAYEE_NOT_LAWFUL', field: 'attachmentIds' });
  expect(await refusalOf(draw([account, foreignProof]))).toMatchObject({ code: 'BAD_SHAPE', field: 'attachmentIds' });
  expect(await refusalOf(draw([account, unsigned]))).toMatchObject({ code: 'PAYEE_NOT_LAWFUL' });

  const proof = await attach(filingId, 'kinshipProof');
  await draw([account, proof]);
  expect(await payeeOf(`${caseNo}P2`)).toMatchObject({ relation: 'kin', kinRelation: 'child' });
  expect(await factsOf(caseNo, 'preparePayout')).toMatchObject({
    previousOrderNo: `${caseNo}P1`,
    payeeRelation: 'kin',
    attachments: [account, proof],
  });
});

it('is not paid before two persons have found out what the bank booked for the refused order after all (M1)', async () => {
  const { caseNo, name } = await refusedCase(4);
  const { dataSource } = database;
  const [order] = await rows<{ amountFen: number; accountDigest: Buffer }>(
    dataSource,
    `SELECT amount_fen AS "amountFen", account_digest AS "accountDigest" FROM payout_order WHERE order_no = $1`,
    [`${caseNo}P1`],
  );
  const entry = {
    ...({
      entryNo: 9001,
      kind: 'debit',
      orderNo: `${caseNo}P1`,
      at: new Date().toISOString(),
      bankReference: 'B',
    } as const),
    ...{ fundAccount: 'ZC450206', ...order! },
  };
  expect(await dataSource.transaction((manager) => recordBankEntry(manager, entry))).toBe('impossible');
  const payee: Payee = {
    ...{ accountName: name, accountNumber: '6222000099990004', bankCode: '102100099996' },
    relation: 'self',
  };
  const draw = () => act(caseNo, 'settle1', { act: 'preparePayout', payee });
  const refusal = await refusalOf(draw());
  expect(refusal).toMatchObject({ code: 'DEBIT_IN_DOUBT' });
  expect(refusal.message).toContain('9001');

  const [id, agencyId, at] = [randomUUID(), '450206', new Date()];
  const words = { text: '银行来函承认此笔误记', document: { number: '柳银函〔2026〕19号', text: '此笔由我行冲正。' } };
  const facts = { entryNo: 9001, clearing: 'bankError', reason: 'CL-06' } as const;
  const [one, other] = [accountOf(world, 'settle2').id, accountOf(world, 'finreview2').id];
  await dataSource.transaction((manager) =>
    proposeClearing(manager, cipher, { id, agencyId, facts, words, proposedBy: one, at }),
  );
  expect(await refusalOf(draw())).toMatchObject({ code: 'DEBIT_IN_DOUBT' });
  await dataSource.transaction((manager) => confirmClearing(manager, cipher, { id, agencyId, decidedBy: other, at }));
  expect(await draw()).toMatchObject({ stage: 'financeReview' });
});

it('is asked for because of what the bank said, which the act keeps as a code', async () => {
  const { caseNo } = await refusedCase(3);
  expect(await factsOf(caseNo, 'settlePayout')).toMatchObject({ state: 'failed', bankReason: 'accountClosed' });
});
