import type { BoardCheck, MonthAnswer, PauseAudit } from '@banjie/contracts';
import { shanghaiDate } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import { asOwner, receiveTestCase, startTestApi, testCipher, type TestApi, type TestClient } from '@banjie/testing';
import { stream } from 'exceljs';
import { Readable } from 'node:stream';

let api: TestApi;
let supervisor: TestClient;
const month = '2026-10';

const sql = <Row = unknown>(text: string, ...parameters: unknown[]) =>
  rows<Row>(api.database.dataSource, text, parameters);
const idOf = (username: string) => api.world.accounts[username]!.id;
const at = (text: string) => new Date(`${text}+08:00`);

async function received(on: string): Promise<string> {
  return (await receiveTestCase(api.database.dataSource, testCipher(), api.world, { at: at(on) })).caseNo;
}
/** Ends a case in its rows, as 归档 leaves it. */
async function finish(caseNo: string, on: string, outcome = 'approved', round = 0) {
  const ended = at(on);
  await sql(
    `UPDATE cases SET stage = 'closed', closed_at = $2, outcome = $3, round = $4 WHERE case_no = $1`,
    ...[caseNo, ended, outcome, round],
  );
  await sql(`UPDATE task SET state = 'done', closed_at = $2 WHERE case_no = $1`, caseNo, ended);
  await sql(
    `UPDATE clock SET state = 'stopped', stopped_at = $2, ledger = ledger || jsonb_build_object('state', 'stopped', 'stoppedAt', $3::text)
     WHERE case_no = $1 AND state <> 'stopped'`,
    ...[caseNo, ended, ended.toISOString()],
  );
}
/** K-01 (1 WD) was met. */
const accepted = (caseNo: string, on: string) =>
  sql(
    `UPDATE clock SET state = 'stopped', stopped_at = $2, ledger = ledger || jsonb_build_object('state', 'stopped', 'stoppedAt', $3::text)
     WHERE case_no = $1 AND clock = 'K-01'`,
    ...[caseNo, at(on), at(on).toISOString()],
  );

/** Somebody asks for 补正 on a day; the clock of the whole stands still from then to `to`. */
async function paused(caseNo: string, username: string, on: string, to: string | null) {
  await sql(
    `INSERT INTO case_act (case_no, seq, action_id, act, actor_id, stage_from, stage_to, round, facts, at, prev_hash, hash)
     SELECT $1, max(seq) + 1, gen_random_uuid()::text, 'askSupplement', $2, 'initialReview', 'initialReview', 0, '{}', $3, '\\x00', '\\x00'
     FROM case_act WHERE case_no = $1`,
    ...[caseNo, idOf(username), at(on)],
  );
  await sql(
    `UPDATE clock SET ledger = jsonb_set(ledger, '{pauses}', ledger->'pauses' || $2::jsonb) WHERE case_no = $1 AND clock = 'K-04'`,
    ...[
      caseNo,
      JSON.stringify([{ kind: 'supplement', from: shanghaiDate(at(on).getTime()), to, maximumWorkingDays: 30 }]),
    ],
  );
}

beforeAll(async () => {
  api = await startTestApi();
  supervisor = await api.signIn('supervisor1');
  const [early, late, returned, withdrawn, open] = [
    await received('2026-10-12T10:00:00'),
    await received('2026-09-01T10:00:00'),
    await received('2026-10-12T11:00:00'),
    await received('2026-10-13T11:00:00'),
    await received('2026-10-26T10:00:00'),
  ];
  for (const caseNo of [early, returned]) await accepted(caseNo, '2026-10-12T15:00:00');
  await finish(early, '2026-10-20T10:00:00');
  await finish(late, '2026-10-20T10:00:00');
  await finish(returned, '2026-10-21T10:00:00', 'rejected', 1);
  await finish(withdrawn, '2026-10-14T10:00:00', 'withdrawn');
  await accepted(open, '2026-10-26T15:00:00');
  await accepted(await received('2026-11-02T10:00:00'), '2026-11-02T12:00:00');
});
afterAll(() => api?.stop());

const statistics = async (client = supervisor) =>
  (await client.get<MonthAnswer>(`/api/board/statistics?month=${month}`)).body;
const bytes = async (kind: string) => {
  const cookie = (supervisor as unknown as { cookie: string }).cookie;
  const answer = await fetch(`${api.url}/api/board/statistics/${kind}?month=${month}`, { headers: { cookie } });
  expect([kind, answer.status]).toEqual([kind, 200]);
  return Buffer.from(await answer.arrayBuffer());
};

describe('the statistics of a month', () => {
  it('count what was finished in it and what was open at its end', async () => {
    const { state, statistics: found } = await statistics();
    expect(state).toBe('open');
    expect(found.asOf).toBe('2026-11-01T00:00:00+08:00');
    expect(found.matters.map(({ label }) => label)).toEqual(['合计', '住院费用报销']);
    expect(found.matters[0]).toMatchObject({
      ...{ received: 4, finished: 4, early: 2, onTime: 0, late: 1, withdrawn: 1, refusedAcceptance: 0 },
      ...{ openInside: 1, openOverdue: 0, suspended: 0 },
      ...{ onTimeRateBp: 6_667, returnRateBp: 3_333, firstPassRateBp: 6_667 },
    });
    expect(found.stages).toEqual([expect.objectContaining({ stage: 'acceptance', stageLabel: '受理', tasks: 4 })]);
  });

  it('print as a text that Excel reads, and as a workbook', async () => {
    const csv = (await bytes('csv')).toString('utf8');
    expect(csv.startsWith('\uFEFF2026-10 办件时限统计')).toBe(true);
    expect(csv).toContain('\r\n合计,4,4,2,0,1,1,0,1,0,0,66.67,33.33,66.67,');
    const workbook = new stream.xlsx.WorkbookReader(Readable.from(await bytes('xlsx')), {});
    const cells: unknown[][] = [];
    for await (const sheet of workbook)
      for await (const row of sheet) cells.push([...(row.values as unknown[])].slice(1));
    expect(cells).toContainEqual(['合计', 4, 4, 2, 0, 1, 1, 0, 1, 0, 0, '66.67', '33.33', '66.67', expect.any(Number)]);
  });

  it('cannot be closed while the month goes on', async () => {
    expect(await supervisor.refusal('POST', '/api/board/statistics/2099-01/close')).toEqual([409, 'MONTH_NOT_OVER']);
    expect(await supervisor.refusal('POST', '/api/board/statistics/2026-13/close')).toEqual([400, 'BAD_SHAPE']);
  });

  it('read the same for ever once closed, byte for byte, whatever becomes of the cases', async () => {
    const close = () => supervisor.post<MonthAnswer>(`/api/board/statistics/${month}/close`);
    const before = (await statistics()).statistics;
    const [first, second] = await Promise.all([close(), close()]);
    expect(first.body).toMatchObject({
      state: 'closed',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      statistics: before,
    });
    expect(second.body).toEqual(first.body);
    const kinds = ['csv', 'xlsx'];
    const printed = await Promise.all(kinds.map(bytes));
    const text = JSON.stringify(await statistics());
    await finish(await received('2026-10-12T10:00:00'), '2026-10-30T10:00:00');
    await sql(`UPDATE cases SET closed_at = NULL, stage = 'preparePayout' WHERE closed_at < '2026-10-21'`);
    // A zip notes its time to two seconds.
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect(JSON.stringify(await statistics())).toBe(text);
    const again = await Promise.all(kinds.map(bytes));
    for (const [n, kind] of kinds.entries()) expect([kind, again[n]!.equals(printed[n]!)]).toEqual([kind, true]);
    expect((await close()).body).toEqual(first.body);
  });

  it('cannot be rewritten, and a text that was changed past the triggers is not printed', async () => {
    await expect(sql(`UPDATE statistics_month SET body = '{}'`)).rejects.toThrow(/permission denied|only ever added/);
    await expect(sql(`DELETE FROM statistics_month`)).rejects.toThrow(/permission denied|only ever added/);
    await asOwner(api.database.dataSource, async (owner) => {
      await owner.query(`ALTER TABLE statistics_month DISABLE TRIGGER USER`);
      await owner.query(`UPDATE statistics_month SET body = replace(body, '"late":1', '"late":0')`);
    });
    expect(await supervisor.refusal('GET', `/api/board/statistics?month=${month}`)).toEqual([
      500,
      'STATISTICS_ALTERED',
    ]);
    await asOwner(api.database.dataSource, (owner) =>
      owner.query(`UPDATE statistics_month SET body = replace(body, '"late":0', '"late":1')`),
    );
    expect((await statistics()).state).toBe('closed');
  });

  it('are for the supervisor, of his own agency', async () => {
    for (const path of [
      `statistics?month=${month}`,
      `statistics/csv?month=${month}`,
      `statistics/xlsx?month=${month}`,
      `pauses?month=${month}`,
    ]) {
      expect(await api.stranger().refusal('GET', `/api/board/${path}`)).toEqual([401, 'NOT_SIGNED_IN']);
      expect(await (await api.signIn('audit1')).refusal('GET', `/api/board/${path}`)).toEqual([403, 'FORBIDDEN']);
    }
    expect(await supervisor.refusal('GET', '/api/board/statistics?month=2026')).toEqual([400, 'BAD_SHAPE']);
  });
});

describe('the audit of pauses', () => {
  it('puts on top whoever pauses just before the limit', async () => {
    for (let n = 0; n < 5; n += 1)
      await paused(await received('2026-10-12T10:00:00'), 'initial1', '2026-10-15T10:00:00', '2026-10-19');
    // Received on 10-12, 20 WD: due on 11-09; in October there is no such day, so the abuser's were received earlier.
    const saved = [await received('2026-09-14T10:00:00'), await received('2026-09-14T11:00:00')];
    for (const caseNo of saved) {
      const [clock] = await sql<{ due_date: string }>(
        `SELECT due_date FROM clock WHERE case_no = $1 AND clock = 'K-04'`,
        caseNo,
      );
      expect(clock!.due_date.slice(0, 7)).toBe(month);
      await paused(caseNo, 'initial2', `${clock!.due_date}T10:00:00`, null);
    }
    const { people } = (await supervisor.get<PauseAudit>(`/api/board/pauses?month=${month}`)).body;
    expect(people.map(({ displayName, count, justBeforeDue }) => [displayName, count, justBeforeDue])).toEqual([
      ['初审乙', 2, 2],
      ['初审甲', 5, 0],
    ]);
    expect(people[0]!.caseNosJustBeforeDue.sort()).toEqual(saved.sort());
    expect(people[1]!.workingDays).toBe(10);
    const { status } = await supervisor.get<BoardCheck>('/api/board/self-check');
    expect(status).toBe(200);
  });
});
