import { createHash, randomUUID } from 'node:crypto';
import type { ActBody } from '@banjie/contracts';
import { DomainError, shanghaiDate, type CasePosition } from '@banjie/domain';
import { canonical, keepActBody, rows } from '@banjie/persistence';
import {
  accountOf,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { commitAct, loadCase, type CommitDependencies } from './commit-act';

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

/** Stores the body the way the API does and commits the act the way the workflow does. */
async function act(
  caseNo: string,
  username: string,
  wanted: Wanted,
  options: { actionId?: string; seq?: number } = {},
): Promise<CasePosition> {
  const { position } = await loadCase(database.dataSource, caseNo);
  const actionId = options.actionId ?? randomUUID();
  const seenSeq = options.seq ?? position.seq;
  const actorId = accountOf(world, username).id;
  const body = { ...wanted, actionId, seenSeq };
  await keepActBody(database.dataSource, cipher, {
    actionId,
    caseNo,
    act: wanted.act,
    actorId,
    seenSeq,
    body,
    requestId: null,
  });
  return commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 });
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'done';
}

async function newCase(linesFen = [400_000, 200_000], personIndex = 0): Promise<string> {
  return (await receiveTestCase(database.dataSource, cipher, world, { linesFen, personIndex })).caseNo;
}

const payable = async (caseNo: string): Promise<number> =>
  (
    await rows<{ f: number }>(database.dataSource, `SELECT proposed_fen AS f FROM cases WHERE case_no = $1`, [caseNo])
  )[0]!.f;

async function toApproval(caseNo: string): Promise<number> {
  await act(caseNo, 'initial1', { act: 'accept' });
  await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] });
  await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
  return payable(caseNo);
}

describe('commitAct', () => {
  it('walks a case from 受理 to 财务审批 and stops K-01, starts K-02', async () => {
    const caseNo = await newCase();
    const amount = await toApproval(caseNo);
    expect(amount).toBeGreaterThan(0);
    await act(caseNo, 'approver1', { act: 'approve', payableFen: amount });
    await act(caseNo, 'settle1', { act: 'preparePayout' });
    await act(caseNo, 'finreview1', { act: 'confirmPayout' });
    const end = await act(caseNo, 'finapprove1', { act: 'releasePayout' });
    expect(end).toMatchObject({
      stage: 'pay',
      outcome: 'approved',
      order: { orderNo: `${caseNo}P1`, state: 'released' },
    });
    const clocks = await rows<{ clock: string; state: string }>(
      database.dataSource,
      `SELECT clock, state FROM clock WHERE case_no = $1 ORDER BY clock`,
      [caseNo],
    );
    expect(clocks).toEqual([
      { clock: 'K-01', state: 'stopped' },
      { clock: 'K-02', state: 'running' },
      { clock: 'K-04', state: 'running' },
    ]);
    const tasks = await rows<{ stage: string; state: string }>(
      database.dataSource,
      `SELECT stage, state FROM task WHERE case_no = $1 ORDER BY id`,
      [caseNo],
    );
    expect(tasks.every((t) => t.state === 'done')).toBe(true);
    expect(tasks).toHaveLength(7);
  });

  it('keeps a digest of what was posted that nobody can guess at without the key', async () => {
    const caseNo = await newCase();
    const actionId = randomUUID();
    await act(caseNo, 'initial1', { act: 'accept' }, { actionId, seq: 1 });
    const [kept] = await rows<{ digest: string; hash: string }>(
      database.dataSource,
      `SELECT a.facts->>'bodyDigest' AS digest, encode(b.body_hash, 'hex') AS hash
       FROM case_act a JOIN act_body b ON b.action_id = a.action_id WHERE a.action_id = $1`,
      [actionId],
    );
    const guess = createHash('sha256')
      .update(canonical({ act: 'accept', actionId, seenSeq: 1 }))
      .digest('hex');
    expect(kept!.digest).toBe(kept!.hash);
    expect(kept!.digest).not.toBe(guess);
    const fault = await database.dataSource
      .query(`DELETE FROM act_body WHERE action_id = $1`, [actionId])
      .catch((error: { driverError?: { code?: string } }) => error);
    expect(fault).toMatchObject({ driverError: { code: '42501' } });
  });

  it('answers the second run of one action with the first and writes nothing again', async () => {
    const caseNo = await newCase();
    const actionId = randomUUID();
    const first = await act(caseNo, 'initial1', { act: 'accept' }, { actionId, seq: 1 });
    const second = await act(caseNo, 'initial1', { act: 'accept' }, { actionId, seq: 1 });
    expect(second.seq).toBe(first.seq);
    expect(await rows(database.dataSource, `SELECT 1 FROM case_act WHERE case_no = $1`, [caseNo])).toHaveLength(2);
  });

  it('lets one of twenty simultaneous acts through', async () => {
    const caseNo = await newCase();
    const codes = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        codeOf(act(caseNo, i % 2 ? 'initial1' : 'initial2', { act: 'accept' }, { seq: 1 })),
      ),
    );
    expect(codes.filter((code) => code === 'done')).toHaveLength(1);
    expect(codes.filter((code) => code === 'CASE_MOVED')).toHaveLength(19);
  });

  it('refuses a body that was exchanged under its action id', async () => {
    const caseNo = await newCase();
    const actionId = randomUUID();
    await act(caseNo, 'initial1', { act: 'accept' }, { actionId, seq: 1 });
    const other = act(
      caseNo,
      'initial1',
      { act: 'refuseAcceptance', reasons: [{ code: 'RS-01' }] },
      { actionId, seq: 1 },
    );
    expect(await codeOf(other)).toBe('ACTION_REUSED');
  });

  it('moves nothing on an update whose body no API stored', async () => {
    const caseNo = await newCase();
    const forged = commitAct(dependencies, {
      caseNo,
      actionId: randomUUID(),
      act: 'accept',
      actorId: accountOf(world, 'initial1').id,
      seq: 2,
    });
    expect(await codeOf(forged)).toBe('FORBIDDEN');
  });

  it('moves nothing on a stored body under another person, act or case than it was stored for', async () => {
    const [caseNo, other] = [await newCase(), await newCase()];
    const [actionId, actorId] = [randomUUID(), accountOf(world, 'initial1').id];
    const body = { act: 'accept' as const, actionId, seenSeq: 1 };
    const kept = { actionId, caseNo, act: 'accept', actorId, seenSeq: 1, body, requestId: null };
    await keepActBody(database.dataSource, cipher, kept);
    const stored = { caseNo, actionId, act: 'accept' as const, actorId, seq: 2 };
    const forged = [
      { ...stored, actorId: accountOf(world, 'initial2').id },
      { ...stored, act: 'refuseAcceptance' as const },
      { ...stored, caseNo: other },
    ];
    for (const input of forged) expect(await codeOf(commitAct(dependencies, input))).toBe('FORBIDDEN');
    expect(await codeOf(commitAct(dependencies, stored))).toBe('done');
  });

  it('refuses a second duty of one person in policy and in the table', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'double1', { act: 'accept' });
    await act(caseNo, 'double1', { act: 'propose', outcome: 'pass', deductions: [] });
    expect(await codeOf(act(caseNo, 'double1', { act: 'propose', outcome: 'pass' }))).toBe('DUTY_CONFLICT');
    const person = accountOf(world, 'double1').id;
    const again = database.dataSource.query(`INSERT INTO case_duty VALUES ($1, $2, 'secondReview', 9)`, [
      caseNo,
      person,
    ]);
    await expect(again).rejects.toThrow(/case_duty_pkey/);
  });

  it('refuses the wrong post, a foreign agency and a person whose right was taken', async () => {
    const caseNo = await newCase();
    expect(await codeOf(act(caseNo, 'window1', { act: 'accept' }))).toBe('NOT_YOUR_POST');
    expect(await codeOf(act(caseNo, 'b-initial1', { act: 'accept' }))).toBe('FORBIDDEN');
    await database.dataSource.query(`UPDATE staff_account SET active = false WHERE username = 'initial2'`);
    expect(await codeOf(act(caseNo, 'initial2', { act: 'accept' }))).toBe('FORBIDDEN');
    await database.dataSource.query(`UPDATE staff_account SET active = true WHERE username = 'initial2'`);
  });

  it('names the holder of a task that somebody else has taken', async () => {
    const caseNo = await newCase();
    await database.dataSource.query(
      `UPDATE task SET holder_id = $2, taken_at = now() WHERE case_no = $1 AND state = 'open'`,
      [caseNo, accountOf(world, 'initial1').id],
    );
    await expect(act(caseNo, 'initial2', { act: 'accept' })).rejects.toMatchObject({
      code: 'TASK_HELD',
      facts: { holderId: accountOf(world, 'initial1').id },
    });
  });

  it('takes 核减 with its clause off the amount and keeps it for 复核', async () => {
    const caseNo = await newCase([1_000_000, 50_000]);
    await act(caseNo, 'initial1', { act: 'accept' });
    const deductions = [{ lineNo: 2, amountFen: 50_000, reasonCode: 'RS-09' }];
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions });
    const reduced = await payable(caseNo);
    await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
    expect(await payable(caseNo)).toBe(reduced);
    const kept = await rows<{ clause: string }>(
      database.dataSource,
      `SELECT clause FROM line_deduction WHERE case_no = $1`,
      [caseNo],
    );
    expect(kept.map((k) => k.clause)).toEqual(['桂社保发〔2017〕8号 第八十五条', '桂社保发〔2017〕8号 第八十五条']);
  });

  it('refuses 核减 above the line and of a line that is not there', async () => {
    const caseNo = await newCase([1_000]);
    await act(caseNo, 'initial1', { act: 'accept' });
    const tooMuch = [{ lineNo: 1, amountFen: 1_001, reasonCode: 'RS-09' }];
    expect(await codeOf(act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: tooMuch }))).toBe(
      'DEDUCTION_INVALID',
    );
    const nowhere = [{ lineNo: 9, amountFen: 1, reasonCode: 'RS-09' }];
    expect(await codeOf(act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: nowhere }))).toBe(
      'UNKNOWN_LINE',
    );
  });

  it('approves the proposed amount and no other; only 审批 rejects', async () => {
    const caseNo = await newCase();
    const amount = await toApproval(caseNo);
    expect(await codeOf(act(caseNo, 'approver1', { act: 'approve', payableFen: amount + 1 }))).toBe('AMOUNT_CHANGED');
    expect(await codeOf(act(caseNo, 'second2', { act: 'reject', reasons: [{ code: 'RS-05' }] }))).toBe('NOT_YOUR_POST');
    const end = await act(caseNo, 'approver1', { act: 'reject', reasons: [{ code: 'RS-05' }] });
    expect(end).toMatchObject({ stage: 'deliver', outcome: 'rejected' });
  });

  it('makes no order for 0.00 and starts K-03 at the decision (R-FN-10)', async () => {
    const caseNo = await newCase([1_000]);
    expect(await toApproval(caseNo)).toBe(0);
    const end = await act(caseNo, 'approver1', { act: 'approve', payableFen: 0 });
    expect(end).toMatchObject({ stage: 'deliver', outcome: 'approved', order: null });
    const [k03] = await rows<{ state: string }>(
      database.dataSource,
      `SELECT state FROM clock WHERE case_no = $1 AND clock = 'K-03'`,
      [caseNo],
    );
    expect(k03).toEqual({ state: 'running' });
  });

  it('reserves the yearly cap once, answers a smaller remainder with the new amount, and frees it on a return', async () => {
    const caseNo = await newCase([400_000, 200_000], 1);
    const amount = await toApproval(caseNo);
    const [person] = await rows<{ person_id: string; scheme: string }>(
      database.dataSource,
      `SELECT person_id, p.scheme FROM cases c JOIN insured_person p ON p.id = c.person_id WHERE case_no = $1`,
      [caseNo],
    );
    const [policy] = await rows<{ cap: number }>(
      database.dataSource,
      `SELECT annual_cap_fen AS cap FROM benefit_policy WHERE scheme = $1 AND hospital_grade = 2`,
      [person!.scheme],
    );
    await database.dataSource.query(`INSERT INTO cap_usage VALUES ($1, $2, 2026, $3)`, [
      person!.person_id,
      person!.scheme,
      policy!.cap - 100,
    ]);
    await expect(act(caseNo, 'approver1', { act: 'approve', payableFen: amount })).rejects.toMatchObject({
      code: 'CAP_CHANGED',
      facts: { payableFen: 100 },
    });
    await act(caseNo, 'approver1', { act: 'approve', payableFen: 100 });
    const used = async () =>
      (
        await rows<{ used_fen: number }>(database.dataSource, `SELECT used_fen FROM cap_usage WHERE person_id = $1`, [
          person!.person_id,
        ])
      )[0]!.used_fen;
    expect(await used()).toBe(policy!.cap);
    await act(caseNo, 'settle1', { act: 'preparePayout' });
    const back = await act(caseNo, 'finreview1', {
      act: 'sendBack',
      toStage: 'initialReview',
      reasons: [{ code: 'RS-14' }],
    });
    expect(back).toMatchObject({ stage: 'initialReview', outcome: null, order: null, round: 1 });
    expect(await used()).toBe(policy!.cap - 100);
    const orders = await rows<{ state: string }>(
      database.dataSource,
      `SELECT state FROM payout_order WHERE case_no = $1`,
      [caseNo],
    );
    expect(orders).toEqual([{ state: 'void' }]);
    // The persons of the first round keep their duties; the case can be walked again.
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass' });
    expect(await codeOf(act(caseNo, 'second1', { act: 'propose', outcome: 'pass' }))).toBe('done');
  });

  it('pauses K-02 and K-04 for one 补正 and refuses a second', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'initial1', { act: 'accept' });
    const ask = {
      act: 'askSupplement' as const,
      reasons: [{ code: 'RS-02' }],
      items: [{ material: 'R-MT-8', text: '请补交出院记录' }],
    };
    await act(caseNo, 'initial1', ask);
    const states = async () =>
      (
        await rows<{ clock: string; state: string }>(
          database.dataSource,
          `SELECT clock, state FROM clock WHERE case_no = $1 AND clock IN ('K-02','K-04') ORDER BY clock`,
          [caseNo],
        )
      ).map((c) => c.state);
    expect(await states()).toEqual(['paused', 'paused']);
    expect(await codeOf(act(caseNo, 'initial1', { act: 'propose', outcome: 'pass' }))).toBe('WAITING_SUPPLEMENT');
    // Nothing came: the applicant's time goes on.
    expect(await codeOf(act(caseNo, 'window1', { act: 'supplement', attachmentIds: [], note: '' }))).toBe(
      'SUPPLEMENT_EMPTY',
    );
    expect(await states()).toEqual(['paused', 'paused']);
    await act(caseNo, 'window1', { act: 'supplement', attachmentIds: [], note: '当面更正了出院日期' });
    expect(await states()).toEqual(['running', 'running']);
    expect(await codeOf(act(caseNo, 'initial1', ask))).toBe('SUPPLEMENT_USED');
  });

  it('takes no delivery dated before the decision', async () => {
    const caseNo = await newCase([1_000]);
    const day = (offset: number) => shanghaiDate(Date.now() + offset * 86_400_000);
    const delivered = (deliveredOn: string) =>
      act(caseNo, 'window1', { act: 'deliver', way: 'window', deliveredOn, receiver: '本人' });
    await act(caseNo, 'approver1', { act: 'approve', payableFen: await toApproval(caseNo) });
    expect(await codeOf(delivered('2020-01-01'))).toBe('DELIVERY_INCOMPLETE');
    expect(await codeOf(delivered(day(-1)))).toBe('DELIVERY_INCOMPLETE');
    expect(await codeOf(delivered(day(1)))).toBe('DELIVERY_INCOMPLETE');
    expect(await codeOf(delivered(day(0)))).toBe('done');
  });

  it('never sends back to 受理', async () => {
    const caseNo = await newCase();
    await toApproval(caseNo);
    const wanted = { act: 'sendBack' as const, toStage: 'acceptance' as const, reasons: [{ code: 'RS-14' }] };
    expect(await codeOf(act(caseNo, 'approver1', wanted))).toBe('BAD_RETURN');
  });

  it('frees the invoices of a withdrawn case and seals it', async () => {
    const caseNo = await newCase();
    await database.dataSource.query(
      `INSERT INTO expense_document (case_no, kind, hospital_code, document_key, amount_fen) VALUES ($1, 'invoice', 'H1', 'K1', 5)`,
      [caseNo],
    );
    const end = await act(caseNo, 'window1', { act: 'withdraw' });
    expect(end).toMatchObject({ stage: 'archive', outcome: 'withdrawn', nextRungAt: null });
    const [paper] = await rows<{ live: boolean }>(
      database.dataSource,
      `SELECT live FROM expense_document WHERE case_no = $1`,
      [caseNo],
    );
    expect(paper).toEqual({ live: false });
    const sealed = await commitAct(dependencies, {
      caseNo,
      actionId: `archive:${caseNo}:3`,
      act: 'archive',
      actorId: 'system:workflow',
      seq: 3,
    });
    expect(sealed.stage).toBe('closed');
    expect(await rows(database.dataSource, `SELECT 1 FROM archive_seal WHERE case_no = $1`, [caseNo])).toHaveLength(1);
  });
});
