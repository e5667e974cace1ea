import { randomUUID } from 'node:crypto';
import type { ActBody } from '@banjie/contracts';
import { DomainError, shanghaiDate, type NoticeContent } from '@banjie/domain';
import { findFilingGaps, keepActBody, openNotice, rows, sealNotice } from '@banjie/persistence';
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
let checked: CommitDependencies;
let complete: CommitDependencies;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  const { dataSource } = database;
  checked = {
    dataSource,
    cipher,
    findGaps: async (manager, filingId) => (await findFilingGaps(manager, cipher, filingId, new Date())).gaps,
  };
  complete = { dataSource, cipher, findGaps: async () => [] };
});
afterAll(() => database?.drop());

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

async function act(caseNo: string, username: string, wanted: Wanted, dependencies = complete) {
  const { position } = await loadCase(database.dataSource, caseNo);
  const [actionId, actorId, seenSeq] = [randomUUID(), accountOf(world, username).id, position.seq];
  const body = { ...wanted, actionId, seenSeq };
  const entry = { actionId, caseNo, act: wanted.act, actorId, seenSeq, body, requestId: null };
  await keepActBody(database.dataSource, cipher, entry);
  return commitAct(dependencies, { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 });
}

const newCase = async () => (await receiveTestCase(database.dataSource, cipher, world)).caseNo;

async function contentOf(caseNo: string, notice: string): Promise<{ content: NoticeContent; fact: unknown }> {
  const [row] = await rows<{ body_enc: Buffer; fact: unknown }>(
    database.dataSource,
    `SELECT k.body_enc, a.facts->'notices'->>k.notice AS fact FROM notice_content k JOIN case_act a USING (case_no, seq)
     WHERE k.case_no = $1 AND k.notice = $2`,
    [caseNo, notice],
  );
  return { content: openNotice(cipher, row!.body_enc), fact: row!.fact };
}

describe('the content of a notice', () => {
  it('lists every gap with its clause when 受理 is refused, and cannot be exchanged', async () => {
    const caseNo = await newCase();
    const [{ filing_id: filingId }] = (await rows<{ filing_id: string }>(
      database.dataSource,
      `SELECT filing_id FROM cases WHERE case_no = $1`,
      [caseNo],
    )) as [{ filing_id: string }];
    const { gaps } = await findFilingGaps(database.dataSource.manager, cipher, filingId, new Date());
    expect(gaps.length).toBeGreaterThan(2);
    const unfit = act(caseNo, 'initial1', { act: 'refuseAcceptance', reasons: [{ code: 'RS-07' }] }, checked);
    await expect(unfit).rejects.toMatchObject({ code: 'REASONS_DO_NOT_FIT', facts: { unfounded: ['RS-07'] } });
    const refused: unknown = await unfit.catch((error: unknown) => error);
    const missing = (refused as DomainError).facts['missing'] as string[];
    const reasons = [...missing.map((code) => ({ code })), { code: 'RS-99', text: '原件请一并带来' }];
    await act(caseNo, 'initial1', { act: 'refuseAcceptance', reasons }, checked);

    const { content, fact } = await contentOf(caseNo, 'acceptanceRefusal');
    expect(content.items.map(({ code, text, clause }) => [code, text, clause])).toEqual(
      gaps.map((gap) => [gap.code, gap.message, gap.clause]),
    );
    expect(content).toMatchObject({
      caseNo,
      label: '不予受理一次性告知',
      matterLabel: '住院费用报销',
      personName: world.persons[0]!.name,
      date: shanghaiDate(Date.now()),
      decidingPost: '初审岗',
    });
    expect(content.reasons.at(-1)).toMatchObject({ code: 'RS-99', label: '其他', text: '原件请一并带来' });
    expect(content.reasons.every(({ clause }) => clause !== '')).toBe(true);
    expect(content.remedies.length).toBeGreaterThan(0);
    expect(fact).toBe(sealNotice(cipher, content).digest.toString('hex'));
    const changed = database.dataSource.query(`UPDATE notice_content SET digest = ''`);
    await expect(changed).rejects.toThrow(/permission denied|only ever added/);

    const [boxed] = await rows<{ text: string }>(
      database.dataSource,
      `SELECT string_agg(o.payload::text, '') || string_agg(a.facts::text, '') AS text
       FROM outbox o JOIN case_act a USING (case_no) WHERE case_no = $1`,
      [caseNo],
    );
    for (const personal of ['原件请一并带来', world.persons[0]!.name]) expect(boxed!.text).not.toContain(personal);
  });

  it('tells the limit at 受理, the papers at 补正 and reasons with words at 不予通过', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'initial1', { act: 'accept' });
    const receipt = (await contentOf(caseNo, 'acceptanceReceipt')).content;
    expect(receipt.deadline?.label).toContain('18 个工作日');
    const [clock] = await rows<{ due_date: string }>(
      database.dataSource,
      `SELECT due_date FROM clock WHERE case_no = $1 AND clock = 'K-02'`,
      [caseNo],
    );
    expect(receipt.deadline?.date).toBe(clock!.due_date);
    await act(caseNo, 'initial1', {
      act: 'askSupplement',
      reasons: [{ code: 'RS-02' }],
      items: [{ material: 'R-MT-8', text: '请补交清晰的出院记录' }],
    });
    const asked = (await contentOf(caseNo, 'supplementNotice')).content;
    expect(asked.items).toMatchObject([{ code: 'R-MT-8', text: '请补交清晰的出院记录', clause: 'D1 申请材料 8' }]);
    expect(asked.items[0]!.label).toContain('诊断证明');
    expect(asked.deadline!.date > shanghaiDate(Date.now())).toBe(true);
    await act(caseNo, 'window1', { act: 'supplement', attachmentIds: [], note: '当面核对原件' });
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'refuse', reasons: [{ code: 'RS-05' }] });
    await act(caseNo, 'second1', { act: 'propose', outcome: 'refuse', reasons: [{ code: 'RS-05' }] });
    await act(caseNo, 'approver1', { act: 'reject', reasons: [{ code: 'RS-05', text: '住院期间未参保' }] });
    const rejection = (await contentOf(caseNo, 'rejectionNotice')).content;
    expect(rejection).toMatchObject({
      decidingPost: '审批岗',
      reasons: [
        { code: 'RS-05', label: '不符合享受基本医疗保险待遇条件', clause: 'D1 受理条件', text: '住院期间未参保' },
      ],
    });
  });

  it('carries the approved amount with its 核减', async () => {
    const caseNo = await newCase();
    await act(caseNo, 'initial1', { act: 'accept' });
    const deductions = [{ lineNo: 2, amountFen: 1_000, reasonCode: 'RS-09' }];
    await act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions });
    await act(caseNo, 'second1', { act: 'propose', outcome: 'pass' });
    const [proposed] = await rows<{ fen: number }>(
      database.dataSource,
      `SELECT proposed_fen AS fen FROM cases WHERE case_no = $1`,
      [caseNo],
    );
    await act(caseNo, 'approver1', { act: 'approve', payableFen: proposed!.fen });
    expect((await contentOf(caseNo, 'approvalResult')).content).toMatchObject({
      amountFen: proposed!.fen,
      deductions: [{ lineNo: 2, amountFen: 1_000, label: '目录外或超限定支付范围' }],
    });
  });
});
