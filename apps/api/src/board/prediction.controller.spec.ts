import type { Prediction } from '@banjie/contracts';
import { addWorkingDays, calendarFor, closeOfOffice, lastWorkingDays, shanghaiDate } from '@banjie/domain';
import { rows } from '@banjie/persistence';
import { startTestApi, type TestApi } from '@banjie/testing';
import { placeCase, type PlacedCase } from './board.fixture';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

it('names who will be late at the pace of the last days, with the queue and the pace it took', async () => {
  const calendar = calendarFor('450200');
  const inDays = (days: number) =>
    new Date(closeOfOffice(calendar, addWorkingDays(calendar, shanghaiDate(Date.now()), days).dueDate));
  const supervisor = await api.signIn('supervisor1');
  const predict = async (days: number) => (await supervisor.get<Prediction>(`/api/board/prediction?days=${days}`)).body;
  const delivery = { stage: 'deliver', posts: ['window'], clock: 'K-04' as const };
  // One a day was delivered on each of the last days; five are due in two days.
  for (const day of lastWorkingDays(calendar, Date.now(), 10)) {
    const { taskId, caseNo } = await placeCase(api, { ...delivery, dueAt: inDays(20) });
    await rows(api.database.dataSource, `UPDATE task SET state = 'done', closed_at = $2 WHERE id = $1`, [
      taskId,
      `${day}T10:00:00+08:00`,
    ]);
    await rows(api.database.dataSource, `UPDATE cases SET stage = 'closed', closed_at = now() WHERE case_no = $1`, [
      caseNo,
    ]);
  }
  const due: PlacedCase[] = [];
  for (let n = 0; n < 5; n += 1) due.push(await placeCase(api, { ...delivery, dueAt: inDays(2) }));
  const later = await placeCase(api, { ...delivery, dueAt: inDays(9) });
  await placeCase(api, { ...delivery, dueAt: inDays(1), isPaused: true });

  const two = await predict(2);
  expect(two.inputs).toEqual([
    {
      ...{ stage: 'deliver', stageLabel: '送达', queue: 6, perWorkingDay: 1, usualPeople: 1, lastPeople: 1 },
      ...{ sentBackInHundred: 0, outOfTurnInHundred: 0, lookedAtWorkingDays: 10 },
    },
  ]);
  // Two working days and what is left of today make two or three.
  expect(two.total).toBe(two.breaches.length);
  expect([2, 3, 4]).toContain(two.total);
  expect(two.breaches.at(-1)).toMatchObject({ queueAhead: 4, lateInHundred: 100 });
  expect(due.map(({ caseNo }) => caseNo)).toEqual(expect.arrayContaining(two.breaches.map(({ caseNo }) => caseNo)));
  expect(two.breaches[0]).toMatchObject({
    stageLabel: '送达',
    dueClock: 'K-04',
    holder: null,
    matterLabel: '住院费用报销',
  });
  const ten = await predict(10);
  expect(ten.inputs[0]!.queue).toBe(6);
  expect(ten.breaches.map(({ caseNo }) => caseNo)).not.toContain(later.caseNo);

  expect(await supervisor.refusal('GET', '/api/board/prediction?days=11')).toEqual([400, 'BAD_SHAPE']);
  expect(await (await api.signIn('initial1')).refusal('GET', '/api/board/prediction')).toEqual([403, 'FORBIDDEN']);
});
