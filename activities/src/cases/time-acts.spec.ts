import { randomUUID } from 'node:crypto';
import type { ActBody } from '@banjie/contracts';
import { DomainError, type CasePosition } from '@banjie/domain';
import { createDataSource, keepActBody, rows } from '@banjie/persistence';
import {
  accountOf,
  addTestMatter,
  attachTestPaper,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  timeActsMatter,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { commitAct, loadCase, type CommitDependencies } from './commit-act';

// Pauses beyond 补正 and the extension, in a matter that allows them (04-clocks § 2, customary).
const cipher = testCipher();
const { version } = timeActsMatter;

let database: TestDatabase;
let world: TestWorld;
let dependencies: CommitDependencies;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
  dependencies = { dataSource: database.dataSource, cipher, findGaps: async () => [] };
  await addTestMatter(database.dataSource, timeActsMatter);
});
afterAll(() => database?.drop());

type Wanted = ActBody extends infer Body ? (Body extends ActBody ? Omit<Body, 'actionId' | 'seenSeq'> : never) : never;

async function act(caseNo: string, username: string, wanted: Wanted, now = new Date()): Promise<CasePosition> {
  const { position } = await loadCase(database.dataSource, caseNo);
  const [actionId, seenSeq, actorId] = [randomUUID(), position.seq, accountOf(world, username).id];
  const body = { ...wanted, actionId, seenSeq };
  const kept = { actionId, caseNo, act: wanted.act, actorId, seenSeq, body, requestId: null };
  await keepActBody(database.dataSource, cipher, kept);
  const input = { caseNo, actionId, act: wanted.act, actorId, seq: seenSeq + 1 };
  return commitAct({ ...dependencies, now: () => now }, input);
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

const shanghai = (text: string) => new Date(`${text}+08:00`);

/** Received and accepted on Tuesday 2025-06-03: K-02 is due on 06-27, K-04 on 07-01. */
async function acceptedCase(definitionVersion = version): Promise<{ caseNo: string; filingId: string }> {
  const options = { linesFen: [400_000], definitionVersion, at: shanghai('2025-06-03T09:00') };
  const received = await receiveTestCase(database.dataSource, cipher, world, options);
  await act(received.caseNo, 'initial1', { act: 'accept' }, shanghai('2025-06-03T10:00'));
  return received;
}

const clocksOf = async (caseNo: string) =>
  (
    await rows<{ clock: string; state: string; due: string; limit: number }>(
      database.dataSource,
      `SELECT clock, state, due_date::text AS due, (ledger->>'limitWorkingDays')::int AS limit FROM clock
       WHERE case_no = $1 AND state <> 'stopped' ORDER BY clock`,
      [caseNo],
    )
  ).map(({ clock, state, due, limit }) => `${clock} ${state} ${due} ${limit}`);
const eventsOf = async (caseNo: string, { seq }: CasePosition) =>
  (
    await rows<{ clock: string; event: string; due: string }>(
      database.dataSource,
      `SELECT clock, event, facts->'shown'->>'dueDate' AS due FROM clock_event WHERE case_no = $1 AND seq = $2 ORDER BY clock`,
      [caseNo, seq],
    )
  ).map(({ clock, event, due }) => `${clock} ${event} ${due}`);

const reasons = [{ code: 'RS-90' }];
const open = (kind: 'inquiry' | 'specialProcedure', attachmentIds: string[]) => ({
  ...{ act: 'openPause' as const, kind, reasons, attachmentIds },
});
const close = { act: 'closePause' as const, attachmentIds: [] };
const ask = (workingDays: number) => ({ act: 'requestExtension' as const, workingDays, reasons });
const grant = { act: 'grantExtension' as const };
const refuse = { act: 'refuseExtension' as const, reasons };
const asAccepted = ['K-02 running 2025-06-27 18', 'K-04 running 2025-07-01 20'];

describe('a pause for an inquiry or a special procedure', () => {
  it('needs a document of this case, a coded reason, the post and the right stage', async () => {
    const { caseNo, filingId } = await acceptedCase();
    const other = await acceptedCase();
    const entry = { filingId: other.filingId, paper: 'inquiryLetter' as const };
    const foreign = await attachTestPaper(database.dataSource, cipher, world, entry);
    expect(await codeOf(act(caseNo, 'initial1', open('inquiry', [])))).toBe('PAUSE_NEEDS_DOCUMENT');
    expect(await codeOf(act(caseNo, 'initial1', open('inquiry', [foreign])))).toBe('PAUSE_NEEDS_DOCUMENT');
    // The right case, and not the letter: a record of the hospital asks nobody anything.
    const record = await attachTestPaper(database.dataSource, cipher, world, { filingId, paper: 'dischargeRecord' });
    expect(await codeOf(act(caseNo, 'initial1', open('inquiry', [record])))).toBe('PAUSE_NEEDS_DOCUMENT');
    const letter = await attachTestPaper(database.dataSource, cipher, world, { filingId, paper: 'inquiryLetter' });
    expect(await codeOf(act(caseNo, 'initial1', open('specialProcedure', [letter])))).toBe('PAUSE_NEEDS_DOCUMENT');
    expect(await codeOf(act(caseNo, 'initial1', { ...open('inquiry', [foreign]), reasons: [] }))).toBe(
      'REASON_REQUIRED',
    );
    expect(await codeOf(act(caseNo, 'approver1', open('inquiry', [foreign])))).toBe('NOT_YOUR_POST');
    expect(await codeOf(act(caseNo, 'initial1', close))).toBe('NOT_PAUSED');
    expect(await clocksOf(caseNo)).toEqual(asAccepted);
  });

  it('is unknown to a matter that does not list it', async () => {
    const { caseNo, filingId } = await acceptedCase(1);
    const paper = await attachTestPaper(database.dataSource, cipher, world, { filingId, paper: 'inquiryLetter' });
    expect(await codeOf(act(caseNo, 'initial1', open('inquiry', [paper])))).toBe('PAUSE_NOT_ALLOWED');
  });

  it('moves the due dates by exactly the working days it took, and is closed by its own act alone', async () => {
    const { caseNo, filingId } = await acceptedCase();
    const paper = await attachTestPaper(database.dataSource, cipher, world, { filingId, paper: 'inquiryLetter' });
    const opened = await act(caseNo, 'initial1', open('inquiry', [paper]), shanghai('2025-06-10T11:00'));
    expect(opened).toMatchObject({ stage: 'initialReview', waiting: 'inquiry' });
    // Fifteen working days at most: 11 June to 1 July.
    expect(opened.nextRungAt).toBe('2025-07-01T08:00:00.000Z');
    expect(await eventsOf(caseNo, opened)).toEqual(['K-02 paused 2025-07-18', 'K-04 paused 2025-07-22']);
    expect(await codeOf(act(caseNo, 'initial1', { act: 'propose', outcome: 'pass', deductions: [] }))).toBe(
      'CASE_PAUSED',
    );
    expect(await codeOf(act(caseNo, 'initial1', open('specialProcedure', [paper])))).toBe('CASE_PAUSED');
    expect(await codeOf(act(caseNo, 'window1', { act: 'supplement', attachmentIds: [] }))).toBe(
      'NOT_WAITING_SUPPLEMENT',
    );
    const closed = await act(caseNo, 'initial1', close, shanghai('2025-06-16T09:30'));
    expect(closed).toMatchObject({ stage: 'initialReview', waiting: null });
    expect(await eventsOf(caseNo, closed)).toEqual(['K-02 resumed 2025-07-03', 'K-04 resumed 2025-07-07']);
    expect(await clocksOf(caseNo)).toEqual(['K-02 running 2025-07-03 18', 'K-04 running 2025-07-07 20']);
    const [kept] = await rows<{ facts: object }>(
      database.dataSource,
      `SELECT facts FROM case_act WHERE case_no = $1 AND seq = $2`,
      [caseNo, opened.seq],
    );
    expect(kept!.facts).toMatchObject({
      ...{ pause: 'inquiry', attachments: [paper] },
      reasons: [{ code: 'RS-90', clause: '行政许可法 第四十二条' }],
    });
  });
});

describe('the extension', () => {
  const asked = shanghai('2025-06-10T10:00');
  const granted = ['K-02 running 2025-07-11 28', 'K-04 running 2025-07-15 30'];

  it('is granted once, by another person who holds the post, and moves the due dates', async () => {
    const { caseNo } = await acceptedCase();
    expect(await codeOf(act(caseNo, 'supervisor1', grant, asked))).toBe('NO_EXTENSION_REQUEST');
    expect(await codeOf(act(caseNo, 'initial1', ask(11), asked))).toBe('EXTENSION_TOO_LONG');
    const requested = await act(caseNo, 'initial1', ask(10), asked);
    expect(await eventsOf(caseNo, requested)).toEqual([]);
    expect(await clocksOf(caseNo)).toEqual(asAccepted);
    expect(await codeOf(act(caseNo, 'initial1', ask(5), asked))).toBe('EXTENSION_PENDING');
    expect(await codeOf(act(caseNo, 'initial2', grant, asked))).toBe('NOT_YOUR_POST');
    const given = await act(caseNo, 'supervisor1', grant, asked);
    expect(given.extension).toMatchObject({ state: 'granted', workingDays: 10 });
    expect(await eventsOf(caseNo, given)).toEqual(['K-02 extended 2025-07-11', 'K-04 extended 2025-07-15']);
    expect(await clocksOf(caseNo)).toEqual(granted);
    expect(await codeOf(act(caseNo, 'initial1', ask(1), asked))).toBe('EXTENSION_USED');
    expect(await codeOf(act(caseNo, 'supervisor1', grant, asked))).toBe('EXTENSION_USED');
    expect(await clocksOf(caseNo)).toEqual(granted);
  });

  it('is not granted by the person who asked, whatever posts he has come to hold', async () => {
    const { caseNo } = await acceptedCase();
    await act(caseNo, 'initial2', ask(10), asked);
    const owner = await createDataSource(database.ownerUrl).initialize();
    await owner.query(`UPDATE staff_account SET posts = array_append(posts, 'supervisor') WHERE username = 'initial2'`);
    await owner.destroy();
    expect(await codeOf(act(caseNo, 'initial2', grant, asked))).toBe('EXTENSION_OWN_REQUEST');
    expect(await clocksOf(caseNo)).toEqual(asAccepted);
  });

  it('refused is no extension: no clock moves, and another may be asked for', async () => {
    const { caseNo } = await acceptedCase();
    await act(caseNo, 'initial1', ask(10), asked);
    const refused = await act(caseNo, 'supervisor1', refuse, asked);
    expect(refused.extension).toMatchObject({ state: 'refused' });
    expect(await eventsOf(caseNo, refused)).toEqual([]);
    expect(await clocksOf(caseNo)).toEqual(asAccepted);
    expect(await codeOf(act(caseNo, 'initial1', ask(5), asked))).toBe('done');
  });

  it('comes too late once the limit has passed, also for a grant', async () => {
    const { caseNo } = await acceptedCase();
    await act(caseNo, 'initial1', ask(10), asked);
    const late = shanghai('2025-06-27T16:00:00.001');
    expect(await codeOf(act(caseNo, 'supervisor1', grant, late))).toBe('EXTENSION_TOO_LATE');
    expect(await clocksOf(caseNo)).toEqual(asAccepted);
  });
});
