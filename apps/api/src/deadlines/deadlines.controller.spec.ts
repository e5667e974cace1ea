import type { DeadlineAnswer } from '@banjie/contracts';
import { startTestApi, type TestApi } from '@banjie/testing';

describe('POST /api/deadlines', () => {
  let api: TestApi;
  beforeAll(async () => {
    api = await startTestApi();
  });
  afterAll(() => api?.stop());

  it('counts as the command does', async () => {
    const { status, body } = await (
      await api.signIn('window1')
    ).post<DeadlineAnswer>('/api/deadlines', {
      start: '2025-06-03T10:00',
      limit: { kind: 'workingDays', n: 18 },
      pauses: [{ from: '2025-06-10', to: '2025-06-16' }],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      receivedOn: '2025-06-03',
      dueDate: '2025-07-03',
      dueAt: '2025-07-03T16:00:00+08:00',
      provisional: false,
    });
    expect(body.countedDays).toHaveLength(18);
    expect(body.pausedDays).toEqual(['2025-06-11', '2025-06-12', '2025-06-13', '2025-06-16']);
  });

  it('refuses strangers, dates that do not exist, unknown regions and bad shapes', async () => {
    const client = await api.signIn('window1');
    const limit = { kind: 'workingDays', n: 1 };
    const refusal = (body: unknown) => client.refusal('POST', '/api/deadlines', body);
    expect(await api.stranger().refusal('POST', '/api/deadlines', { start: '2025-06-03', limit })).toEqual([
      401,
      'NOT_SIGNED_IN',
    ]);
    expect(await refusal({ start: '2025-02-30', limit })).toEqual([400, 'BAD_DATE']);
    expect(await refusal({ start: '2025-06-03', limit, region: '999999' })).toEqual([422, 'UNKNOWN_REGION']);
    expect(await refusal({ start: '2025-06-03', limit, pauses: [{ from: '2025-06-05', to: '2025-06-01' }] })).toEqual([
      400,
      'BAD_PAUSE',
    ]);
    for (const bad of [
      { kind: 'workingDays', n: -1 },
      { kind: 'workingDays', n: 2001 },
      { kind: 'workingDays', n: 1.5 },
      { kind: 'years', n: 1 },
    ]) {
      expect(await refusal({ start: '2025-06-03', limit: bad })).toEqual([400, 'BAD_SHAPE']);
    }
    expect(await refusal({ start: '2025-06-03', limit, colour: 'red' })).toEqual([400, 'BAD_SHAPE']);
  });
});
