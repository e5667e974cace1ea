import type { DeadLetterList } from '@banjie/contracts';
import { addOutbox, burySideWork, createStaffAccount, hashPassword, rows, takeSideWork } from '@banjie/persistence';
import { receiveTestCase, startTestApi, testCipher, type TestApi } from '@banjie/testing';

let api: TestApi;
let caseNo: string;
beforeAll(async () => {
  api = await startTestApi();
  ({ caseNo } = await receiveTestCase(api.database.dataSource, testCipher(), api.world));
  const foreign = {
    username: 'b-supervisor1',
    displayName: '督办',
    agencyId: api.world.accounts['b-window1']!.agencyId,
  };
  await createStaffAccount(
    api.database.dataSource,
    { ...foreign, posts: ['supervisor'] },
    await hashPassword(api.world.password),
  );
});
afterAll(() => api?.stop());

let keyNumber = 0;
/** A notice whose last try failed, as apps/jobs leaves it. */
async function deadNotice(): Promise<number> {
  const { dataSource } = api.database;
  const key = `dead:${(keyNumber += 1)}`;
  await dataSource.transaction((manager) =>
    addOutbox(manager, { topic: 'notice', caseNo, key, payload: { notice: 'acceptanceReceipt', seq: 1 } }),
  );
  const [row] = await rows<{ id: number }>(dataSource, `SELECT id FROM outbox WHERE key = $1`, [key]);
  const taken = await takeSideWork(dataSource, { id: row!.id, topic: 'notice', leaseSeconds: 60 });
  expect(taken).toMatchObject({ id: row!.id, tries: 1 });
  expect(await burySideWork(dataSource, taken!, 'fileNotWritten')).toBe(true);
  return row!.id;
}

const listOf = async (username: string, query = '') =>
  (await (await api.signIn(username)).get<DeadLetterList>(`/api/side-work/dead${query}`)).body;

describe('the dead letters', () => {
  it('are shown to the supervisor of the own agency alone, page by page', async () => {
    const ids: number[] = [];
    for (let i = 0; i < 52; i += 1) ids.push(await deadNotice());
    const first = await listOf('supervisor1');
    expect(first.items).toHaveLength(50);
    expect(first.items[0]).toMatchObject({
      ...{ id: ids.at(-1), topic: 'notice', topicLabel: '通知', caseNo, about: 'acceptanceReceipt', tries: 1 },
      ...{ fault: 'fileNotWritten', faultLabel: expect.stringContaining('外发文件没有写成') as string },
    });
    const rest = await listOf('supervisor1', `?before=${first.next}&topic=notice&caseNo=${caseNo}`);
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([...ids].reverse());
    expect(rest.next).toBeNull();
    expect((await listOf('b-supervisor1')).items).toEqual([]);
    expect(await (await api.signIn('window1')).refusal('GET', '/api/side-work/dead')).toEqual([403, 'FORBIDDEN']);
    expect(await api.stranger().refusal('GET', '/api/side-work/dead')).toEqual([401, 'NOT_SIGNED_IN']);
    const supervisor = await api.signIn('supervisor1');
    expect(await supervisor.refusal('GET', '/api/side-work/dead?topic=x')).toEqual([400, 'BAD_SHAPE']);
  });

  it('are worked off once, with a coded reason, and the act keeps its row', async () => {
    const [again, never] = [await deadNotice(), await deadNotice()];
    const supervisor = await api.signIn('supervisor1');
    const path = (id: number, act: string) => `/api/side-work/${id}/${act}`;
    expect(await supervisor.refusal('POST', path(again, 'retry'), { reason: 'because' })).toEqual([400, 'BAD_SHAPE']);
    const foreign = await api.signIn('b-supervisor1');
    expect(await foreign.refusal('POST', path(again, 'retry'), { reason: 'mended' })).toEqual([
      404,
      'SIDE_WORK_NOT_FOUND',
    ]);
    const window = await api.signIn('window1');
    expect(await window.refusal('POST', path(again, 'dismiss'), { reason: 'notNeeded' })).toEqual([403, 'FORBIDDEN']);

    const answers = await Promise.all(
      Array.from({ length: 4 }, () => supervisor.refusal('POST', path(again, 'retry'), { reason: 'mended' })),
    );
    expect(answers.filter(([status]) => status === 204)).toHaveLength(1);
    expect(answers.filter(([, code]) => code === 'SIDE_WORK_NOT_DEAD')).toHaveLength(3);
    expect((await supervisor.post(path(never, 'dismiss'), { reason: 'toldOtherwise' })).status).toBe(204);
    expect(await supervisor.refusal('POST', path(never, 'retry'), { reason: 'mended' })).toEqual([
      409,
      'SIDE_WORK_NOT_DEAD',
    ]);
    expect(await supervisor.refusal('POST', path(999_999_999, 'retry'), { reason: 'mended' })).toEqual([
      404,
      'SIDE_WORK_NOT_FOUND',
    ]);

    const { dataSource } = api.database;
    const events = await rows(
      dataSource,
      `SELECT outbox_id AS id, event, reason, actor_id AS actor, tries FROM side_work_event WHERE outbox_id = ANY($1) ORDER BY outbox_id, id`,
      [[again, never]],
    );
    const actor = api.world.accounts['supervisor1']!.id;
    expect(events).toEqual([
      { id: again, event: 'died', reason: 'fileNotWritten', actor: null, tries: 1 },
      { id: again, event: 'retried', reason: 'mended', actor, tries: 1 },
      { id: never, event: 'died', reason: 'fileNotWritten', actor: null, tries: 1 },
      { id: never, event: 'dismissed', reason: 'toldOtherwise', actor, tries: 1 },
    ]);
    // What was taken up again is the next thing to do; what was dismissed never is.
    const taken = await takeSideWork(dataSource, { id: never, topic: 'notice', leaseSeconds: 60 });
    expect(taken).toMatchObject({ id: again, tries: 1 });
    expect(await takeSideWork(dataSource, { id: never, topic: 'notice', leaseSeconds: 60 })).toBeNull();
    await expect(dataSource.query(`DELETE FROM side_work_event`)).rejects.toThrow();
    await expect(dataSource.query(`UPDATE side_work_event SET reason = 'x'`)).rejects.toThrow();
  });
});
