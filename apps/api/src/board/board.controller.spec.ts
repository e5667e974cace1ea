import type { BoardAnswer, BoardCase, BoardCasesAnswer, BoardCheck } from '@banjie/contracts';
import { addWorkingDays, calendarFor, closeOfOffice, shanghaiDate } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import { startTestApi, type TestApi, type TestClient } from '@banjie/testing';
import { Query } from 'pg';
import { placeCase, type PlacedCase } from './board.fixture';

let api: TestApi;
let supervisor: TestClient;
const placed: Record<string, PlacedCase> = {};

const sql = <Row = unknown>(text: string, ...parameters: unknown[]) =>
  rows<Row>(api.database.dataSource, text, parameters);

/** Closing time, so many working days from today; before today where negative. */
function closing(workingDays: number): Date {
  const calendar = calendarFor('450200');
  const today = shanghaiDate(Date.now());
  if (workingDays >= 0) return new Date(closeOfOffice(calendar, addWorkingDays(calendar, today, workingDays).dueDate));
  return new Date(Date.parse(`${today}T16:00:00+08:00`) + workingDays * 86_400_000);
}

beforeAll(async () => {
  api = await startTestApi();
  supervisor = await api.signIn('supervisor1');
  const place = async (name: string, placing: Parameters<typeof placeCase>[1]) => {
    placed[name] = await placeCase(api, placing);
  };
  const second = { stage: 'secondReview', posts: ['secondReviewer'] };
  const delivery = { stage: 'deliver', posts: ['window', 'initialReviewer'] };
  await place('red1', { stage: 'initialReview', dueAt: closing(-3) });
  await place('red2', { stage: 'initialReview', dueAt: closing(-1) });
  await place('red3', { ...second, dueAt: closing(-1) });
  await place('paused', { ...second, dueAt: closing(-5), isPaused: true });
  await place('yellow1', { ...second, dueAt: closing(1) });
  await place('yellow2', { ...delivery, dueAt: closing(2) });
  await place('green', { ...second, dueAt: closing(3) });
  await place('shortGreen', { dueAt: closing(5), clock: 'K-01' });
  await place('unlimited', { stage: 'preparePayout', posts: ['settlementClerk'], dueAt: null });
  await place('payRed', { stage: 'pay', dueAt: closing(-1) });
  await place('payGreen', { stage: 'pay', dueAt: closing(9) });
  await place('foreign', { agencyId: '450203', dueAt: closing(-1) });
  for (const name of ['red3', 'yellow1'])
    await (await api.signIn('second1')).post(`/api/tasks/${placed[name]!.taskId}/take`);
  await (await api.signIn('initial1')).post(`/api/tasks/${placed['red1']!.taskId}/take`);
});
afterAll(() => api?.stop());

const board = async () => (await supervisor.get<BoardAnswer>('/api/board')).body;

async function listed(filter: string, limit = 3): Promise<{ items: BoardCase[]; total: number }> {
  const items: BoardCase[] = [];
  let total: number | null = null;
  for (let after: string | null = ''; after !== null;) {
    const place: string = after && `&after=${encodeURIComponent(after)}`;
    const { status, body }: { status: number; body: BoardCasesAnswer } = await supervisor.get(
      `/api/board/cases?${filter}&limit=${limit}${place}`,
    );
    expect([filter, status]).toEqual([filter, 200]);
    expect(body.items.length).toBeLessThanOrEqual(limit);
    expect(body.total === null).toBe(after !== '');
    total ??= body.total;
    items.push(...body.items);
    after = body.next;
  }
  return { items, total: total! };
}

describe('the board', () => {
  it('is open to the supervisor alone', async () => {
    for (const path of ['/api/board', '/api/board/cases', '/api/board/self-check']) {
      expect(await api.stranger().refusal('GET', path)).toEqual([401, 'NOT_SIGNED_IN']);
      for (const username of ['initial1', 'audit1', 'admin1', 'window1']) {
        expect([username, await (await api.signIn(username)).refusal('GET', path)]).toEqual([
          username,
          [403, 'FORBIDDEN'],
        ]);
      }
    }
  });

  it('counts what its lists hold, number by number, with pages of any size', async () => {
    const { total, byMatter, byStage, byPost, byPerson } = await board();
    const all = [total, ...byMatter, ...byStage, ...byPost, ...byPerson];
    expect(total.lights).toEqual({ open: 11, red: 4, yellow: 2, green: 3, paused: 1, unlimited: 1 });
    for (const { filter, lights } of all) {
      for (const [level, count] of Object.entries(lights)) {
        const { items, total: sum } = await listed(
          level === 'open' ? filter : `${filter}&level=${level}`,
          count % 2 ? 1 : 3,
        );
        expect([filter, level, items.length, sum]).toEqual([filter, level, count, count]);
        expect(new Set(items.map(({ caseNo }) => caseNo)).size).toBe(count);
        if (level !== 'open') expect(items.every((item) => item.level === level)).toBe(true);
      }
    }
    const of = (name: string) => byPost.find(({ post }) => post === name)?.lights.open;
    expect([of('secondReviewer'), of('window'), of('initialReviewer'), of('approver')]).toEqual([4, 1, 4, undefined]);
    expect(byPerson.map(({ displayName, lights }) => [displayName, lights.open, lights.red])).toEqual([
      ['无人认领', 8, 2],
      ['初审甲', 1, 1],
      ['复核甲', 2, 1],
    ]);
  });

  it('lists by due instant, those that wait for the system among them', async () => {
    const { items } = await listed('party=own', 2);
    const names = items.map(({ caseNo }) => Object.keys(placed).find((name) => placed[name]!.caseNo === caseNo));
    expect(names).toEqual([
      'paused',
      'red1',
      'red2',
      'red3',
      'payRed',
      'yellow1',
      'yellow2',
      'green',
      'shortGreen',
      'payGreen',
      'unlimited',
    ]);
  });

  it('shows of a case what a supervisor asks first', async () => {
    const [item] = (await listed('level=red&stage=secondReview')).items;
    expect(item).toMatchObject({
      ...{
        caseNo: placed['red3']!.caseNo,
        taskId: placed['red3']!.taskId,
        matterLabel: '住院费用报销',
        stageLabel: '复核',
      },
      ...{ holder: { displayName: '复核甲' }, level: 'red', levelLabel: '超期', dueClock: 'K-04', isOutside: false },
      ...{
        receivedAt: expect.stringMatching(/\+08:00$/),
        acceptedAt: null,
        dueAt: expect.stringMatching(/T16:00:00\+08:00$/),
      },
      ...{ netWorkingDays: 0, grossWorkingDays: 0, pauses: [], pauseReasons: [] },
    });
    expect(item!.overdueWorkingDays).toBe(-item!.remainingWorkingDays!);
    const [paused] = (await listed('level=paused')).items;
    expect(paused).toMatchObject({ overdueWorkingDays: 0, level: 'paused' });
    // Nobody's name but the staff's is on it.
    expect(JSON.stringify(item)).not.toContain(api.world.persons[0]!.name);
  });

  it('shows nothing of another agency', async () => {
    const { items } = await listed('', 50);
    expect(items.map(({ caseNo }) => caseNo)).not.toContain(placed['foreign']!.caseNo);
    const foreigner = api.world.accounts['b-initial1']!.id;
    expect(await listed(`holder=${foreigner}`)).toEqual({ items: [], total: 0 });
  });

  it('asks at most five statements for a page, whatever its size', async () => {
    await board();
    const asked = jest.spyOn(Query.prototype, 'submit');
    try {
      for (const path of ['/api/board', '/api/board/cases?limit=1', '/api/board/cases?limit=200']) {
        asked.mockClear();
        expect((await supervisor.get(path)).status).toBe(200);
        expect(asked.mock.calls.length).toBeGreaterThan(0);
        expect([path, asked.mock.calls.length <= 5, asked.mock.calls.length]).toEqual([
          path,
          true,
          asked.mock.calls.length,
        ]);
      }
    } finally {
      asked.mockRestore();
    }
  });

  it.each(['level=blue', 'holder=x', 'limit=0', 'after=x', 'colour=red', 'stage=x', 'matter=1'])(
    'refuses ?%s',
    async (query) => {
      expect(await supervisor.refusal('GET', `/api/board/cases?${query}`)).toEqual([400, 'BAD_SHAPE']);
    },
  );
});

describe('the self-check', () => {
  const check = async () => {
    const { status, body } = await supervisor.get<BoardCheck>('/api/board/self-check');
    expect([status, body]).toEqual([200, expect.anything()]);
    return body;
  };
  const kept = () =>
    sql<{ compared: number; differences: unknown[] }>(
      `SELECT compared, differences FROM board_check WHERE agency_id = '450206' ORDER BY id`,
    );

  it('agrees with the board and keeps that it looked', async () => {
    const { isSound, differences, compared } = await check();
    expect(differences).toEqual([]);
    expect(isSound).toBe(true);
    expect(compared).toBeGreaterThanOrEqual(9);
    expect((await kept()).at(-1)).toEqual({ compared, differences: [] });
  });

  it.each([
    [
      'a due instant that left its clock',
      `UPDATE task SET due_at = due_at + interval '40 days' WHERE case_no = $1`,
      'red1',
    ],
    ['a task that was lost', `UPDATE task SET state = 'cancelled' WHERE case_no = $1`, 'green'],
    ['a holder that nobody made', `UPDATE task SET holder_id = NULL WHERE case_no = $1`, 'yellow1'],
    ['a pause that is none', `UPDATE task SET paused = true WHERE case_no = $1`, 'red2'],
    ['a case that is over', `UPDATE cases SET closed_at = now(), stage = 'closed' WHERE case_no = $1`, 'yellow2'],
  ])('finds %s', async (_, plant, name) => {
    const { caseNo, taskId } = placed[name]!;
    const [task] = await sql<Record<string, unknown>>(`SELECT * FROM task WHERE id = $1`, taskId);
    const [stage] = await sql<{ stage: string }>(`SELECT stage FROM cases WHERE case_no = $1`, caseNo);
    await sql(plant, caseNo);
    const { isSound, differences, earlier } = await check();
    expect(isSound).toBe(false);
    expect(differences.length).toBeGreaterThan(0);
    for (const difference of differences) expect(difference).toMatchObject({ caseNos: [caseNo] });
    expect(earlier[0]).toBeDefined();
    expect((await kept()).at(-1)!.differences).toHaveLength(differences.length);
    await sql(
      `UPDATE task SET due_at = $2, state = $3, holder_id = $4, paused = $5 WHERE id = $1`,
      ...[taskId, task!['due_at'], task!['state'], task!['holder_id'], task!['paused']],
    );
    await sql(`UPDATE cases SET closed_at = NULL, stage = $2 WHERE case_no = $1`, caseNo, stage!.stage);
    expect((await check()).isSound).toBe(true);
  });
});
