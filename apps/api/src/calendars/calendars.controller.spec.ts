import type {
  CalendarChanges,
  CalendarChangeView,
  CalendarImpact,
  CalendarView,
  Reprojections,
} from '@banjie/contracts';
import { receiveTestCase, startTestApi, testCipher, type TestApi, type TestClient } from '@banjie/testing';

let api: TestApi;
let admin: TestClient;
let supervisor: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  [admin, supervisor] = [await api.signIn('admin1'), await api.signIn('supervisor1')];
});
afterAll(() => api?.stop());

const document = { number: '示例文号〔2026〕3号', text: '12 月 30 日停电检修,全天不办公。' };
const closure = (...dates: string[]) => ({
  change: {
    ...{ kind: 'localClosure', year: 2026, makeUp: [], shortDays: [] },
    closed: dates.map((date) => ({ name: `停电 ${date}`, from: date, to: date, days: 1 })),
  },
  document,
  reason: '停电检修',
});
const propose = async (body: unknown): Promise<CalendarChangeView> => {
  const answer = await admin.post<CalendarChangeView>('/api/calendars/changes', body);
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return answer.body;
};
const messageOf = async (body: unknown): Promise<string> =>
  (await admin.post<{ message: string }>('/api/calendars/changes', body)).body.message;

describe('changes of the calendar', () => {
  it('are proposed with their document, looked at, and approved by another', async () => {
    const { caseNo } = await receiveTestCase(api.database.dataSource, testCipher(), api.world, {
      at: new Date('2026-12-28T10:00:00+08:00'),
    });
    const proposed = await propose(closure('2026-12-29', '2026-12-30'));
    expect(proposed).toMatchObject({
      state: 'proposed',
      stateLabel: '待批准',
      scope: '450206',
      mayDecide: false,
      document,
    });
    const at = `/api/calendars/changes/${proposed.id}`;

    const { body: impact } = await supervisor.get<CalendarImpact>(`${at}/preview`);
    expect(impact).toMatchObject({ clocksMoved: 2, later: 2, earlier: 0 });
    expect(impact.sample).toContainEqual(
      expect.objectContaining({ caseNo, clock: 'K-01', dueAtAfter: '2026-12-31T16:00:00+08:00' }),
    );

    expect(await admin.refusal('POST', `${at}/approve`)).toEqual([403, 'CALENDAR_CHANGE_OWN']);
    expect(await admin.refusal('POST', `${at}/reject`, { reason: '不用了' })).toEqual([403, 'CALENDAR_CHANGE_OWN']);
    const { status, body: approved } = await supervisor.post<CalendarChangeView>(`${at}/approve`);
    expect([status, approved.state, approved.number]).toEqual([200, 'approved', 2]);
    expect(approved.decidedBy).toBe('督办甲');
    expect(await supervisor.refusal('POST', `${at}/approve`)).toEqual([409, 'CALENDAR_CHANGE_DECIDED']);
    expect(await supervisor.refusal('GET', `${at}/preview`)).toEqual([409, 'CALENDAR_CHANGE_DECIDED']);

    // Heard of by this process at once: what pages show follows.
    let current: CalendarView | null = null;
    for (
      let tries = 0;
      tries < 100 && !current?.years.some((year) => year.closedDays.includes('2026-12-30'));
      tries += 1
    ) {
      current = (await admin.get<CalendarView>('/api/calendars/current')).body;
    }
    expect(current!.years.find(({ year }) => year === 2026)!.closedDays).toContain('2026-12-30');
    const foreign = (await (await api.signIn('b-window1')).get<CalendarView>('/api/calendars/current')).body;
    expect(foreign.years.find(({ year }) => year === 2026)!.closedDays).not.toContain('2026-12-30');

    const { body: runs } = await admin.get<Reprojections>('/api/calendars/reprojections');
    expect(runs.items[0]).toMatchObject({ number: 2, agencyId: '450206', state: 'counting' });
  });

  it('may be rejected with a reason, and then change nothing', async () => {
    const { id } = await propose(closure('2026-12-31'));
    expect(await supervisor.refusal('POST', `/api/calendars/changes/${id}/reject`, {})).toEqual([400, 'BAD_SHAPE']);
    const { body } = await supervisor.post<CalendarChangeView>(`/api/calendars/changes/${id}/reject`, {
      reason: '文件未盖章',
    });
    expect(body).toMatchObject({ state: 'rejected', decisionReason: '文件未盖章', number: null });
    const { items } = (await admin.get<CalendarChanges>('/api/calendars/changes')).body;
    expect(items.map(({ state }) => state)).toEqual(expect.arrayContaining(['rejected', 'approved']));
  });

  it('are refused to other posts, other agencies and strangers', async () => {
    const { id } = await propose(closure('2026-12-31'));
    const at = `/api/calendars/changes/${id}`;
    const [window, foreign] = [await api.signIn('window1'), await api.signIn('b-window1')];
    expect(await api.stranger().refusal('GET', '/api/calendars/changes')).toEqual([401, 'NOT_SIGNED_IN']);
    for (const [method, path, body] of [
      ['POST', '/api/calendars/changes', closure('2026-12-31')],
      ['POST', `${at}/approve`, undefined],
      ['POST', `${at}/reject`, { reason: '不' }],
      ['GET', `${at}/preview`, undefined],
    ] as const) {
      expect(await window.refusal(method, path, body)).toEqual([403, 'FORBIDDEN']);
      expect(await foreign.refusal(method, path, body)).toEqual([403, 'FORBIDDEN']);
    }
    const other = '/api/calendars/changes/00000000-0000-4000-8000-000000000000';
    expect(await supervisor.refusal('POST', `${other}/approve`)).toEqual([404, 'CALENDAR_CHANGE_NOT_FOUND']);
    expect(await supervisor.refusal('POST', '/api/calendars/changes/x/approve')).toEqual([400, 'BAD_SHAPE']);
  });

  it.each<[string, unknown, RegExp]>([
    ['no document', { ...closure('2026-12-31'), document: undefined }, /依据文件.*须填写/],
    [
      'a document without its number',
      { ...closure('2026-12-31'), document: { number: ' ', text: 'x' } },
      /文号.*不能为空/,
    ],
    ['no reason', { ...closure('2026-12-31'), reason: '' }, /理由.*不能为空/],
    ['a closed day that is a holiday', closure('2026-10-01'), /2026-10-01 本来就不上班/],
    ['a day of another year', closure('2027-01-04'), /不在 2026 年内/],
    ['overlapping days', closure('2026-12-31', '2026-12-31'), /重复出现/],
    [
      'a year out of range',
      {
        ...closure(),
        change: { kind: 'year', layer: 'national', year: 2101, status: 'published', closed: [], makeUp: [] },
      },
      /1990 至 2100/,
    ],
    [
      'a national year with missing days',
      {
        ...closure(),
        change: { kind: 'year', layer: 'national', year: 2027, status: 'published', closed: [], makeUp: [] },
      },
      /法定节假日应为 13 天/,
    ],
  ])('are refused with the reason: %s', async (_, body, sentence) => {
    expect(await messageOf(body)).toMatch(sentence);
  });
});
