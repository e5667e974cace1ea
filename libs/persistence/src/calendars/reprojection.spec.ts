import { addWorkingDays, formatDay, parseDate, type CalendarChange } from '@banjie/domain';
import {
  accountOf,
  createTestDatabase,
  receiveTestCase,
  seedTestWorld,
  testCipher,
  type TestDatabase,
  type TestWorld,
} from '@banjie/testing';
import { rows } from '../data-source';
import { calendarByVersion, calendarNumber, calendarOf } from './calendar-store';
import { impactOf } from './change-impact';
import { approveChange, proposeChange, rejectChange, tablesWith } from './changes';
import { listRuns, reprojectStep } from './reprojection';

let database: TestDatabase;
let world: TestWorld;
beforeAll(async () => {
  database = await createTestDatabase();
  world = await seedTestWorld(database.dataSource);
});
afterAll(() => database?.drop());

const office = { agencyId: '450206', regionCode: '450200' };
/** A Monday; K-01 (1 WD) is due on the 3rd, K-04 (20 WD) on the 30th. */
const receivedAt = new Date('2026-11-02T10:00:00+08:00');
const idOf = (username: string) => accountOf(world, username).id;
const sql = <Row>(text: string, ...parameters: unknown[]) => rows<Row>(database.dataSource, text, parameters);

async function newCase(agencyId = office.agencyId): Promise<string> {
  const { caseNo } = await receiveTestCase(database.dataSource, testCipher(), world, { at: receivedAt, agencyId });
  return caseNo;
}

const closing = (...dates: string[]): CalendarChange => ({
  ...{ kind: 'localClosure', ...office, year: 2026, makeUp: [], shortDays: [] },
  closed: dates.map((date) => ({ name: `停电 ${date}`, from: date, to: date, days: 1 })),
});

const propose = (change: CalendarChange) =>
  database.dataSource.transaction((manager) =>
    proposeChange(manager, {
      change,
      ...{ documentNumber: '示例文号', documentText: '示例文件内容', reason: '停电检修', proposedBy: idOf('admin1') },
    }),
  );
const approve = (id: string, username = 'supervisor1') =>
  database.dataSource.transaction((manager) => approveChange(manager, id, { decidedBy: idOf(username), reason: null }));

async function recount(): Promise<void> {
  while (await reprojectStep(database.dataSource)) continue;
}

async function change(what: CalendarChange): Promise<number> {
  const number = await approve(await propose(what));
  await recount();
  return number;
}

const clockOf = async (caseNo: string, clock: string) =>
  (
    await sql<{ due_date: string; due_at: Date; provisional: boolean; calendar_version: string; ledger: unknown }>(
      `SELECT due_date, due_at, provisional, calendar_version, ledger FROM clock WHERE case_no = $1 AND clock = $2`,
      caseNo,
      clock,
    )
  )[0]!;
const eventsOf = (caseNo: string) =>
  sql<{ clock: string; facts: { reason: string; dueAtBefore: string; shown: { dueDate: string } } }>(
    `SELECT clock, facts FROM clock_event WHERE case_no = $1 AND event = 'reprojected' ORDER BY id`,
    caseNo,
  );

describe('a change of the calendar', () => {
  it('needs a second person, once, with the table as it was', async () => {
    const first = await propose(closing('2026-12-30'));
    const second = await propose(closing('2026-12-31'));
    await expect(approve(first, 'admin1')).rejects.toMatchObject({ code: 'CALENDAR_CHANGE_OWN' });
    await expect(
      sql(`UPDATE calendar_change SET state = 'approved', decided_by = proposed_by, decided_at = now()`),
    ).rejects.toThrow(/two_persons/);
    await expect(approve('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'CALENDAR_CHANGE_NOT_FOUND',
    });
    const number = await approve(first);
    expect(number).toBe(2);
    await expect(approve(first)).rejects.toMatchObject({ code: 'CALENDAR_CHANGE_DECIDED' });
    // It was drawn up against a table that is no longer in force.
    await expect(approve(second)).rejects.toMatchObject({ code: 'CALENDAR_CHANGE_STALE' });
    await database.dataSource.transaction((manager) =>
      rejectChange(manager, second, { decidedBy: idOf('supervisor1'), reason: '已过时' }),
    );
    await expect(sql(`UPDATE calendar_change SET state = 'proposed'`)).rejects.toThrow(/only ever added|decided/);
    await recount();
  });

  it('moves the open clocks of the agency, with one event and the reason each, and no others', async () => {
    const [ours, theirs, stopped] = [await newCase(), await newCase('450203'), await newCase()];
    await sql(
      `UPDATE clock SET state = 'stopped', ledger = ledger || '{"state": "stopped"}' WHERE case_no = $1 RETURNING 1`,
      stopped,
    );
    const before = await clockOf(ours, 'K-04');
    expect(before.due_date).toBe('2026-11-30');
    const frozen = [await clockOf(stopped, 'K-04'), await clockOf(theirs, 'K-04')];
    const versionBefore = (
      await calendarOf(database.dataSource.manager, office, await calendarNumber(database.dataSource))
    ).version;

    const proposal = closing('2026-11-26', '2026-11-27');
    const expected = await impactOf(
      database.dataSource,
      proposal,
      await tablesWith(database.dataSource, proposal, '示例文号'),
      receivedAt,
    );
    // K-01 of all, due on the 3rd, stays; K-04 of ours moves over the two days and the weekend.
    expect(expected).toMatchObject({
      clocksMoved: 1,
      later: 1,
      earlier: 0,
      dueAtOnce: 0,
      moves: [{ days: 2, clocks: 1 }],
    });
    expect(expected.sample).toEqual([
      expect.objectContaining({ caseNo: ours, clock: 'K-04', dueAtAfter: '2026-12-02T16:00:00+08:00' }),
    ]);
    const number = await change(proposal);

    const after = await clockOf(ours, 'K-04');
    expect(after).toMatchObject({ due_date: '2026-12-02', ledger: { dueDate: '2026-12-02' } });
    expect(after.calendar_version).not.toBe(before.calendar_version);
    const events = await eventsOf(ours);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      clock: 'K-04',
      facts: {
        reason: '示例文号:停电检修',
        dueAtBefore: '2026-11-30T16:00:00+08:00',
        shown: { dueDate: '2026-12-02' },
      },
    });
    expect([await clockOf(stopped, 'K-04'), await clockOf(theirs, 'K-04')]).toEqual(frozen);
    expect([...(await eventsOf(stopped)), ...(await eventsOf(theirs))]).toEqual([]);
    // Both versions can be counted by again.
    expect((await calendarByVersion(database.dataSource, versionBefore)).version).toBe(versionBefore);
    const named = await calendarByVersion(database.dataSource, after.calendar_version);
    expect(addWorkingDays(named, '2026-11-02', 20).dueDate).toBe('2026-12-02');
    const [run] = await listRuns(database.dataSource, 1);
    expect(run).toMatchObject({
      number,
      state: 'done',
      agencyId: '450206',
      clocksMoved: 1,
      casesMoved: 1,
      casesEarlier: 0,
    });
  });

  it('is counted by at once in whatever is received after it', async () => {
    await change(closing('2026-11-03', '2026-11-26', '2026-11-27'));
    const caseNo = await newCase();
    expect((await clockOf(caseNo, 'K-01')).due_date).toBe('2026-11-04');
    expect(await eventsOf(caseNo)).toEqual([]);
    const [task] = await sql<{ due_date: string }>(`SELECT due_date FROM task WHERE case_no = $1`, caseNo);
    expect(task!.due_date).toBe('2026-11-04');
  });

  it('tells only the cases whose next rung is earlier, the earliest first, and is idempotent', async () => {
    await change(closing('2026-11-03', '2026-11-04', '2026-11-05', '2026-11-06'));
    const slow = await newCase();
    await sql(`UPDATE clock SET state = 'stopped' WHERE case_no = $1 AND clock = 'K-01'`, slow);
    await sql(
      `UPDATE cases c SET next_rung_at = k.next_rung_at FROM clock k
       WHERE c.case_no = $1 AND k.case_no = c.case_no AND k.clock = 'K-04'`,
      slow,
    );
    const quick = await newCase();
    const heads = () =>
      sql<{ case_no: string; next_rung_at: Date }>(
        `SELECT case_no, next_rung_at FROM cases WHERE case_no = ANY($1) ORDER BY next_rung_at`,
        [slow, quick],
      );
    const before = await heads();
    const number = await change(closing());
    const after = await heads();
    expect(after[0]!.next_rung_at < before[0]!.next_rung_at).toBe(true);
    const told = () =>
      sql<{ case_no: string }>(
        `SELECT case_no FROM outbox WHERE topic = 'lookAgain' AND key LIKE 'lookAgain:${number}:%' AND case_no = ANY($1) ORDER BY id`,
        [slow, quick],
      );
    expect((await told()).map((row) => row.case_no)).toEqual([quick, slow]);
    expect(after.map((row) => row.case_no)).toEqual([quick, slow]);
    const [task] = await sql<{ due_date: string }>(`SELECT due_date FROM task WHERE case_no = $1`, quick);
    expect(task!.due_date).toBe('2026-11-03');

    // A crash after the last batch and before its word: counted again, nothing moves and nobody is told twice.
    const events = (await eventsOf(quick)).length;
    await sql(`UPDATE reprojection_run SET state = 'counting', after_case = '' WHERE number = $1`, number);
    await recount();
    expect(await eventsOf(quick)).toHaveLength(events);
    expect(await told()).toHaveLength(2);
  });

  it('goes on after the last batch that was committed, and is taken over by a later change', async () => {
    const caseNo = await newCase();
    const first = await approve(await propose(closing('2026-11-03')));
    await sql(`UPDATE reprojection_run SET after_case = 'zzz' WHERE number = $1`, first);
    const second = await approve(await propose(closing('2026-11-03', '2026-11-04')));
    const runs = await listRuns(database.dataSource, 2);
    expect(runs.map(({ number, state }) => [number, state])).toEqual([
      [second, 'counting'],
      [first, 'superseded'],
    ]);
    await recount();
    expect((await clockOf(caseNo, 'K-01')).due_date).toBe('2026-11-05');
    expect(await eventsOf(caseNo)).toHaveLength(2); // K-01 and K-04, once each.
  });

  it('takes the provisional mark away when the notice is loaded (T-12)', async () => {
    const caseNo = await newCase('450203');
    expect(await clockOf(caseNo, 'K-04')).toMatchObject({ due_date: '2026-11-30', provisional: true });
    await change({
      ...{ kind: 'year', regionCode: '450200', year: 2026, status: 'published', makeUp: [] },
      closed: [{ name: '三月三', from: '2026-04-20', to: '2026-04-21', days: 2 }],
    });
    expect(await clockOf(caseNo, 'K-04')).toMatchObject({ due_date: '2026-11-30', provisional: false });
    const [task] = await sql<{ provisional: boolean }>(`SELECT provisional FROM task WHERE case_no = $1`, caseNo);
    expect(task!.provisional).toBe(false);
    expect(await eventsOf(caseNo)).toHaveLength(2);
  });

  it('closes an office earlier on a day of fewer hours, and every day by other hours', async () => {
    await change(closing());
    const caseNo = await newCase();
    await change({
      ...closing(),
      shortDays: [{ date: '2026-11-03', officeHours: [{ open: '09:00', close: '12:00' }] }],
    } as CalendarChange);
    expect((await clockOf(caseNo, 'K-01')).due_at.toISOString()).toBe('2026-11-03T04:00:00.000Z');
    await change({
      ...{ kind: 'officeHours', agencyId: office.agencyId },
      officeHours: [
        { open: '08:30', close: '12:00' },
        { open: '14:00', close: '17:30' },
      ],
    });
    expect((await clockOf(caseNo, 'K-04')).due_at.toISOString()).toBe('2026-11-30T09:30:00.000Z');
  });

  it('waits for a receipt that counts by the version before it', async () => {
    const id = await propose(closing('2026-11-10'));
    const approved: Promise<number>[] = [];
    const done: string[] = [];
    await database.dataSource.transaction(async (manager) => {
      await manager.query(`SELECT calendar_number_for_receipt()`);
      approved.push(approve(id).finally(() => done.push('approved')));
      await new Promise((resolve) => setTimeout(resolve, 300));
      done.push('received');
    });
    await Promise.all(approved);
    expect(done).toEqual(['received', 'approved']);
    await recount();
  });

  it('leaves a case that an act moves meanwhile with a clock counted by the new version', async () => {
    const caseNo = await newCase();
    const day = formatDay(parseDate('2026-11-11'));
    const id = await propose(closing('2026-11-10', day));
    const before = (await clockOf(caseNo, 'K-04')).due_date;
    const counting: Promise<void>[] = [];
    await database.dataSource.transaction(async (manager) => {
      await manager.query(`SELECT 1 FROM cases WHERE case_no = $1 FOR UPDATE`, [caseNo]);
      await approve(id);
      counting.push(recount());
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    await Promise.all(counting);
    expect((await clockOf(caseNo, 'K-04')).due_date > before).toBe(true);
  });
});
