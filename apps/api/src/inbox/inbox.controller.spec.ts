import type { DeliveriesAnswer, ErrorAnswer, InboxAnswer, TaskAnswer } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { receiveTestCase, startTestApi, testCipher, type TestApi, type TestClient } from '@banjie/testing';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api?.stop());

const sql = <Row = unknown>(text: string, ...parameters: unknown[]) =>
  rows<Row>(api.database.dataSource, text, parameters);
const idOf = (username: string) => api.world.accounts[username]!.id;

interface Wanted {
  stage?: string;
  posts?: string[];
  dueAt?: string | null;
  dueDate?: string | null;
  agencyId?: string;
}

/** A received case whose open task is moved to where the test wants it. */
async function openTask({ stage = 'acceptance', posts, ...wanted }: Wanted = {}): Promise<{
  taskId: number;
  caseNo: string;
}> {
  const { caseNo } = await receiveTestCase(api.database.dataSource, testCipher(), api.world, {
    ...(wanted.agencyId ? { agencyId: wanted.agencyId } : {}),
  });
  const [task] = await sql<{ id: number }>(
    `UPDATE task SET stage = $2, posts = COALESCE($3::text[], posts),
       due_at = CASE WHEN $4 THEN $5::timestamptz ELSE due_at END, due_date = CASE WHEN $4 THEN $6::date ELSE due_date END
     WHERE case_no = $1 RETURNING id`,
    caseNo,
    stage,
    posts ?? null,
    wanted.dueAt !== undefined,
    wanted.dueAt ?? null,
    wanted.dueDate ?? null,
  );
  return { taskId: task!.id, caseNo };
}

async function wholeList(client: TestClient, query: string, limit: number): Promise<InboxAnswer['items']> {
  const items: InboxAnswer['items'] = [];
  let after: string | null = null;
  do {
    const { body }: { body: InboxAnswer } = await client.get<InboxAnswer>(
      `/api/inbox?${query}&limit=${limit}${after ? `&after=${after}` : ''}`,
    );
    expect(body.items.length).toBeLessThanOrEqual(limit);
    items.push(...body.items);
    after = body.next;
  } while (after);
  return items;
}

describe('the inbox', () => {
  beforeEach(() => sql(`UPDATE task SET state = 'cancelled' WHERE state = 'open'`));

  it('is closed to strangers and empty for posts without tasks', async () => {
    expect(await api.stranger().refusal('GET', '/api/inbox')).toEqual([401, 'NOT_SIGNED_IN']);
    await openTask();
    for (const username of ['admin1', 'audit1', 'supervisor1', 'window1', 'approver1']) {
      const { status, body } = await (await api.signIn(username)).get<InboxAnswer>('/api/inbox');
      expect([username, status, body.items]).toEqual([username, 200, []]);
      expect(body.counts.every((count) => count.all === 0)).toBe(true);
    }
  });

  it('shows a task with its case, amount, clock, due date and remaining working days', async () => {
    const { taskId, caseNo } = await openTask();
    const { body } = await (await api.signIn('initial1')).get<InboxAnswer>('/api/inbox');
    expect(body.items).toEqual([
      {
        ...{ taskId, caseNo, matter: 'inpatientReimbursement', matterLabel: '住院费用报销' },
        ...{ stage: 'acceptance', stageLabel: '受理', round: 0, amountFen: 600_000, holder: null },
        ...{ dueClock: 'K-01', remainingWorkingDays: expect.any(Number), isOverdue: false, isPaused: false },
        openedAt: expect.stringMatching(/\+08:00$/),
        dueAt: expect.stringMatching(/T16:00:00\+08:00$/),
        dueDate: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
        isProvisional: expect.any(Boolean),
      },
    ]);
    expect(body.items[0]!.remainingWorkingDays).toBeGreaterThanOrEqual(0);
    expect(body.next).toBeNull();
  });

  it('shows nothing of another agency, in neither direction', async () => {
    const ours = await openTask();
    const theirs = await openTask({ agencyId: '450203' });
    const caseNos = async (username: string) =>
      (await (await api.signIn(username)).get<InboxAnswer>('/api/inbox')).body.items.map((item) => item.caseNo);
    expect(await caseNos('initial1')).toEqual([ours.caseNo]);
    expect(await caseNos('b-initial1')).toEqual([theirs.caseNo]);
  });

  it('pages by due instant and number, complete and without repetition, those without a due date last', async () => {
    const due = ['2026-12-01T16:00:00+08:00', '2026-12-03T16:00:00+08:00', '2026-12-02T16:00:00+08:00', null];
    const made: { taskId: number; dueAt: string | null }[] = [];
    for (let n = 0; n < 23; n += 1) {
      const dueAt = due[n % 4]!;
      const { taskId } = await openTask({
        ...(n % 2 ? { stage: 'initialReview' } : {}),
        dueAt,
        dueDate: dueAt?.slice(0, 10) ?? null,
      });
      made.push({ taskId, dueAt });
    }
    const expected = made
      .sort((a, b) => (a.dueAt ?? '9').localeCompare(b.dueAt ?? '9') || a.taskId - b.taskId)
      .map(({ taskId, dueAt }) => ({ taskId, dueAt }));
    const client = await api.signIn('initial1');
    for (const limit of [1, 5, 22, 23, 200]) {
      const items = await wholeList(client, 'holder=all', limit);
      expect(items.map(({ taskId, dueAt }) => ({ taskId, dueAt }))).toEqual(expected);
    }
  });

  it('leaves out cases in which the person has another duty, and counts what it lists', async () => {
    const review = { stage: 'secondReview', posts: ['secondReviewer'] };
    const [mine, free, own] = [await openTask(review), await openTask(review), await openTask(review)];
    await openTask({ stage: 'initialReview' });
    const deliver = await openTask({ stage: 'deliver', posts: ['window', 'initialReviewer'] });
    const duty = (caseNo: string, kind: string) =>
      sql(
        `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, $3, 2)`,
        caseNo,
        idOf('double1'),
        kind,
      );
    await duty(mine.caseNo, 'initialReview');
    await duty(own.caseNo, 'secondReview');
    // 送达 claims no duty: whoever reviewed may deliver.
    await duty(deliver.caseNo, 'initialReview');
    const client = await api.signIn('double1');
    await client.post(`/api/tasks/${own.taskId}/take`);
    const listed = await wholeList(client, 'stage=secondReview', 50);
    expect(listed.map((item) => item.taskId).sort()).toEqual([free.taskId, own.taskId].sort());
    expect((await wholeList(client, 'stage=deliver', 50)).map((item) => item.taskId)).toEqual([deliver.taskId]);

    const { counts } = (await client.get<InboxAnswer>('/api/inbox?stage=secondReview&limit=1')).body;
    for (const { stage, ...counted } of counts) {
      for (const holder of ['all', 'me', 'free'] as const) {
        const items = await wholeList(client, `stage=${stage}&holder=${holder}`, 2);
        expect([stage, holder, counted[holder]]).toEqual([stage, holder, items.length]);
      }
    }
    expect(counts.find(({ stage }) => stage === 'secondReview')).toMatchObject({ all: 2, me: 1, free: 1 });
    const stages = ['acceptance', 'review', 'transferOut', 'initialReview', 'secondReview', 'transferIn', 'deliver'];
    expect(counts.map(({ stage }) => stage)).toEqual(stages);
  });

  it('counts a pause out of the remaining days and says that the case is waiting', async () => {
    const { caseNo } = await openTask({ dueAt: '2027-03-01T16:00:00+08:00', dueDate: '2027-03-01' });
    await sql(`UPDATE task SET paused = true, provisional = true WHERE case_no = $1`, caseNo);
    const client = await api.signIn('initial1');
    const before = (await client.get<InboxAnswer>('/api/inbox')).body.items[0]!;
    expect(before).toMatchObject({ isPaused: true, isProvisional: true });
    await sql(
      `UPDATE clock SET ledger = jsonb_set(jsonb_set(ledger, '{pauses}', $2), '{limitWorkingDays}', '60')
       WHERE case_no = $1 AND clock = 'K-01'`,
      caseNo,
      JSON.stringify([{ from: '2026-12-01', to: '2026-12-11' }]),
    );
    const after = (await client.get<InboxAnswer>('/api/inbox')).body.items[0]!;
    expect(before.remainingWorkingDays! - after.remainingWorkingDays!).toBe(8);
  });

  it.each([
    'stage=nonsense',
    'holder=other',
    'limit=0',
    'limit=201',
    'limit=x',
    'after=x',
    'after=1.2.3',
    'colour=red',
  ])('refuses ?%s', async (query) => {
    expect(await (await api.signIn('initial1')).refusal('GET', `/api/inbox?${query}`)).toEqual([400, 'BAD_SHAPE']);
  });
});

describe('taking and releasing', () => {
  const take = (client: TestClient, taskId: number | string) => client.refusal('POST', `/api/tasks/${taskId}/take`);
  const release = (client: TestClient, taskId: number | string) =>
    client.refusal('POST', `/api/tasks/${taskId}/release`);
  const events = (taskId: number) =>
    sql<{ kind: string; actor_id: string }>(
      `SELECT kind, actor_id FROM task_event WHERE task_id = $1 ORDER BY id`,
      taskId,
    );

  it('takes once, says the same to the second click, and leaves one row of it', async () => {
    const { taskId, caseNo } = await openTask();
    const client = await api.signIn('initial1');
    const first = await client.post<TaskAnswer>(`/api/tasks/${taskId}/take`);
    const second = await client.post<TaskAnswer>(`/api/tasks/${taskId}/take`);
    expect(first).toMatchObject({
      status: 200,
      body: { taskId, caseNo, holder: { displayName: '初审甲', isMe: true } },
    });
    expect(second.body).toEqual(first.body);
    expect(await events(taskId)).toEqual([{ kind: 'taken', actor_id: idOf('initial1') }]);
    const { items } = (await client.get<InboxAnswer>('/api/inbox?holder=me')).body;
    expect(items.map((item) => item.taskId)).toContain(taskId);
  });

  it('names the holder to others, who cannot release it either', async () => {
    const { taskId } = await openTask();
    await take(await api.signIn('initial1'), taskId);
    const other = await api.signIn('initial2');
    const answer = await other.post<ErrorAnswer>(`/api/tasks/${taskId}/take`);
    expect(answer).toMatchObject({
      status: 409,
      body: { code: 'TASK_HELD', message: expect.stringContaining('初审甲') },
    });
    expect(await release(other, taskId)).toEqual([409, 'TASK_NOT_HELD']);
  });

  it('gives a task back, twice with one row, and lets the next one take it', async () => {
    const { taskId } = await openTask();
    const [client, other] = [await api.signIn('initial1'), await api.signIn('initial2')];
    await take(client, taskId);
    expect(await release(client, taskId)).toEqual([200, null]);
    expect(await release(client, taskId)).toEqual([200, null]);
    expect(await take(other, taskId)).toEqual([200, null]);
    expect((await events(taskId)).map(({ kind }) => kind)).toEqual(['taken', 'released', 'taken']);
  });

  it('refuses the wrong post, another duty of the same case, a foreign or unknown task and a closed one', async () => {
    const { taskId, caseNo } = await openTask({ stage: 'secondReview', posts: ['secondReviewer'] });
    expect(await take(api.stranger(), taskId)).toEqual([401, 'NOT_SIGNED_IN']);
    expect(await take(await api.signIn('approver1'), taskId)).toEqual([403, 'NOT_YOUR_POST']);
    await sql(
      `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, 'initialReview', 2)`,
      caseNo,
      idOf('double1'),
    );
    const answer = await (await api.signIn('double1')).post<ErrorAnswer>(`/api/tasks/${taskId}/take`);
    expect(answer).toMatchObject({
      status: 403,
      body: { code: 'DUTY_CONFLICT', facts: { duty: '初审', stage: '复核' } },
    });
    const foreign = await api.signIn('b-second1');
    expect(await take(foreign, taskId)).toEqual([404, 'TASK_NOT_FOUND']);
    expect(await release(foreign, taskId)).toEqual([404, 'TASK_NOT_FOUND']);
    const second = await api.signIn('second2');
    expect(await take(second, 9_999_999)).toEqual([404, 'TASK_NOT_FOUND']);
    expect(await take(second, '1.5')).toEqual([400, 'BAD_SHAPE']);
    expect(await take(second, '-1')).toEqual([400, 'BAD_SHAPE']);
    await sql(`UPDATE task SET state = 'done' WHERE id = $1`, taskId);
    expect(await take(second, taskId)).toEqual([409, 'TASK_CLOSED']);
    expect(await release(second, taskId)).toEqual([409, 'TASK_CLOSED']);
    expect(await events(taskId)).toEqual([]);
  });

  it('lets one of twenty win who reach for one task at the same time', async () => {
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, n) => api.signIn(['initial1', 'initial2', 'double1'][n % 3]!)),
    );
    for (let round = 0; round < 5; round += 1) {
      const { taskId } = await openTask();
      const answers = await Promise.all(
        people.map((client) => client.post<TaskAnswer & ErrorAnswer>(`/api/tasks/${taskId}/take`)),
      );
      const winners = new Set(answers.filter(({ status }) => status === 200).map(({ body }) => body.holder!.id));
      expect(winners.size).toBe(1);
      expect(answers.filter(({ status }) => status !== 200).every(({ body }) => body.code === 'TASK_HELD')).toBe(true);
      expect(await events(taskId)).toHaveLength(1);
    }
  });
});

describe('GET /api/inbox/deliveries', () => {
  /** Decided a moment ago and with finance; straight in the rows. */
  async function decided(matter: string, agencyId = '450206'): Promise<string> {
    const { caseNo } = await receiveTestCase(api.database.dataSource, testCipher(), api.world, { matter, agencyId });
    await sql(
      `UPDATE cases SET outcome = 'approved', stage = 'financeReview', decided_at = now() WHERE case_no = $1`,
      caseNo,
    );
    return caseNo;
  }
  const pageOf = async (who: string, query = '') =>
    (await (await api.signIn(who)).get<DeliveriesAnswer>(`/api/inbox/deliveries${query}`)).body;

  it('lists, page by page, what is decided and not handed over, of matters that pay outside their limit', async () => {
    expect(await pageOf('window1')).toEqual({ items: [], next: null });
    const mine: string[] = [];
    for (let n = 0; n < 5; n += 1) mine.push(await decided('crossRegionReimbursement'));
    await decided('inpatientReimbursement');
    const elsewhere = await decided('crossRegionReimbursement', '450203');
    const seen: string[] = [];
    let query = '?limit=2';
    for (;;) {
      const { items, next } = await pageOf('window1', query);
      seen.push(...items.map(({ caseNo }) => caseNo));
      if (!next) break;
      query = `?limit=2&after=${next}`;
    }
    expect(seen).toEqual([...mine].sort());
    expect((await pageOf('b-window1')).items.map(({ caseNo }) => caseNo)).toEqual([elsewhere]);
    expect((await pageOf('finreview1')).items).toEqual([]);
    await sql(`UPDATE cases SET delivered = true WHERE case_no = ANY($1)`, mine);
    expect((await pageOf('window1')).items).toEqual([]);
  });

  it('refuses a place that no page gave', async () => {
    const window = await api.signIn('window1');
    expect(await window.refusal('GET', '/api/inbox/deliveries?after=x')).toEqual([400, 'BAD_SHAPE']);
    expect(await window.refusal('GET', '/api/inbox/deliveries?limit=0')).toEqual([400, 'BAD_SHAPE']);
  });
});
