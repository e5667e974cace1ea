import { randomUUID } from 'node:crypto';
import type { BoardAnswer, BoardCheck, ReassignmentAnswer, ReassignmentPlan } from '@banjie/contracts';
import { rows } from '@banjie/persistence';
import { eventually, startTestApi, type TestApi, type TestClient } from '@banjie/testing';
import { placeCase, type Placing } from './board.fixture';

let api: TestApi;
let supervisor: TestClient;
beforeAll(async () => {
  api = await startTestApi();
  supervisor = await api.signIn('supervisor1');
});
afterAll(() => api?.stop());

const sql = <Row = unknown>(text: string, ...parameters: unknown[]) =>
  rows<Row>(api.database.dataSource, text, parameters);
const idOf = (username: string) => api.world.accounts[username]!.id;
const inDays = (days: number) => new Date(Math.floor(Date.now() / 1_000) * 1_000 + days * 86_400_000);
const review: Placing = { stage: 'secondReview', posts: ['secondReviewer'] };

async function taken(username: string, placing: Placing = review) {
  const placed = await placeCase(api, { dueAt: inDays(20), ...placing });
  expect((await (await api.signIn(username)).post(`/api/tasks/${placed.taskId}/take`)).status).toBe(200);
  return placed;
}
const preview = (body: object) => supervisor.post<ReassignmentPlan>('/api/board/reassignments/preview', body);
const reassign = (body: object, client = supervisor) =>
  client.post<ReassignmentAnswer>('/api/board/reassignments', {
    reassignmentId: randomUUID(),
    reason: '均衡工作量',
    ...body,
  });
const holderOf = async (taskId: number) =>
  (await sql<{ holder_id: string | null }>(`SELECT holder_id FROM task WHERE id = $1`, taskId))[0]!.holder_id;
const events = (taskId: number) =>
  sql<{ kind: string; actor_id: string; from_id: string | null; to_id: string | null; reason: string | null }>(
    `SELECT e.kind, e.actor_id, e.from_id, e.to_id, r.reason FROM task_event e LEFT JOIN task_reassignment r ON r.id = e.reassignment_id
     WHERE e.task_id = $1 ORDER BY e.id`,
    taskId,
  );
const duty = (caseNo: string, username: string, kind: string) =>
  sql(
    `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, $3, 2)`,
    caseNo,
    idOf(username),
    kind,
  );

/** A batch that waits for 放行, with this task in it. */
async function putInBatch(taskId: number): Promise<string> {
  const batchNo = 'PB-board';
  await sql(
    `INSERT INTO payout_batch (batch_no, agency_id, fund_account, pay_date, occasion, channel, seq, state, carried, order_count, amount_fen,
       gathered_at, made_by, reviewed_by, head_hash)
     SELECT $1, id, fund_account, '2026-11-30', 'demand', 'http', 3, 'reviewed', 'reviewed', 1, 1, now(), $2, $3, '\\x00'
     FROM agency WHERE id = '450206'`,
    ...[batchNo, idOf('settle1'), idOf('finreview1')],
  );
  await sql(`UPDATE task SET batch_no = $2 WHERE id = $1`, taskId, batchNo);
  return batchNo;
}

beforeEach(() => sql(`UPDATE task SET state = 'cancelled' WHERE state = 'open'`));

describe('the preview', () => {
  it('shares out by load, shows each person before and after, and changes nothing', async () => {
    const late = await taken('second1', { ...review, dueAt: inDays(-2) });
    const others = [await taken('second1'), await taken('second1'), await taken('second1')];
    const own = await taken('second2');
    const answer = await preview({ from: [idOf('second1')], to: [idOf('second2'), idOf('double1')] });
    expect(answer.status).toBe(200);
    const { moves, refused, people } = answer.body;
    expect(refused).toEqual([]);
    expect(moves[0]).toMatchObject({ taskId: late.taskId, level: 'red', from: idOf('second1'), to: idOf('double1') });
    expect(moves.map(({ taskId }) => taskId)).toEqual([late, ...others].map(({ taskId }) => taskId));
    const numbers = Object.fromEntries(
      people.map((p) => [p.displayName, [p.before.open, p.before.red, p.after.open, p.after.red]]),
    );
    expect(numbers).toEqual({ 复核甲: [4, 1, 0, 0], 复核乙: [1, 0, 3, 0], 初审复核甲: [0, 0, 2, 1] });
    expect(await holderOf(late.taskId)).toBe(idOf('second1'));
    expect(await holderOf(own.taskId)).toBe(idOf('second2'));
    const red = await preview({ from: [idOf('second1')], level: 'red', to: [idOf('second2')] });
    expect(red.body.moves.map(({ taskId }) => taskId)).toEqual([late.taskId]);
  });

  it('plans nothing against SD-01, and takes what nobody holds', async () => {
    const free = await placeCase(api, { ...review, dueAt: inDays(20) });
    await duty(free.caseNo, 'double1', 'initialReview');
    const one = await preview({ from: ['none'], to: [idOf('double1')] });
    expect(one.body.moves).toEqual([]);
    expect(one.body.refused).toEqual([
      expect.objectContaining({
        taskId: free.taskId,
        code: 'ASSIGNEE_HAS_DUTY',
        message: expect.stringContaining('初审复核甲'),
      }),
    ]);
    const both = await preview({ from: ['none'], to: [idOf('double1'), idOf('second1')] });
    expect(both.body.moves.map(({ to }) => to)).toEqual([idOf('second1')]);
  });

  it('leaves what stands in a batch with the batch, behind all that can be moved', async () => {
    const finance: Placing = { stage: 'financeApproval', posts: ['financeApprover'] };
    const held = await placeCase(api, { ...finance, dueAt: inDays(2) });
    const free = await placeCase(api, { ...finance, dueAt: inDays(20) });
    const batchNo = await putInBatch(held.taskId);
    const to = [idOf('finapprove2')];
    const both = (await preview({ from: ['none'], to })).body;
    expect(both.moves.map(({ taskId }) => taskId)).toEqual([free.taskId]);
    expect(both.refused).toMatchObject([{ ...held, code: 'TASK_IN_BATCH', message: expect.stringContaining(batchNo) }]);
    const one = (await preview({ from: ['none'], to, limit: 1 })).body;
    expect([one.moves.length, one.refused.length]).toEqual([1, 0]);
    // Gathered since the preview.
    const { body } = await reassign({ moves: [{ taskId: held.taskId, from: null, to: to[0] }] });
    expect([body.moved, body.items[0]!.refusal?.code]).toEqual([0, 'TASK_IN_BATCH']);
    expect(await holderOf(held.taskId)).toBeNull();
    expect(await events(held.taskId)).toEqual([]);
  });

  it('refuses people of another agency and those who are away', async () => {
    const { taskId } = await taken('second1');
    const refusalOf = (to: string) =>
      supervisor.refusal('POST', '/api/board/reassignments/preview', { taskIds: [taskId], to: [to] });
    expect(await refusalOf(idOf('b-second1'))).toEqual([422, 'ASSIGNEE_UNFIT']);
    expect(await refusalOf(randomUUID())).toEqual([422, 'ASSIGNEE_UNFIT']);
    await sql(`UPDATE staff_account SET active = false WHERE username = 'second2'`);
    expect(await refusalOf(idOf('second2'))).toEqual([422, 'ASSIGNEE_UNFIT']);
    await sql(`UPDATE staff_account SET active = true WHERE username = 'second2'`);
  });
});

describe('the reassignment', () => {
  it('moves what may be moved, names the rest, and says why in every event', async () => {
    const [good, lost, closed, conflict, foreign] = [
      await taken('second1'),
      await taken('second1'),
      await taken('second1'),
      await taken('second1'),
      await placeCase(api, { ...review, dueAt: inDays(20), agencyId: '450203' }),
    ];
    await duty(conflict.caseNo, 'double1', 'initialReview');
    await (await api.signIn('second1')).post(`/api/tasks/${lost.taskId}/release`);
    await sql(`UPDATE task SET state = 'done' WHERE id = $1`, closed.taskId);
    const move = ({ taskId }: { taskId: number }, to: string, from: string | null = idOf('second1')) => ({
      taskId,
      from,
      to,
    });
    const { status, body } = await reassign({
      moves: [
        move(good, idOf('double1')),
        move(lost, idOf('double1')),
        move(closed, idOf('double1')),
        move(conflict, idOf('double1')),
        move(foreign, idOf('second2'), null),
      ],
    });
    expect([status, body.moved, body.refused]).toEqual([200, 1, 4]);
    expect(body.items.map(({ refusal }) => refusal?.code ?? null)).toEqual([
      ...[null, 'TASK_HOLDER_CHANGED', 'TASK_CLOSED', 'ASSIGNEE_HAS_DUTY', 'TASK_NOT_FOUND'],
    ]);
    expect(await holderOf(good.taskId)).toBe(idOf('double1'));
    expect(await holderOf(conflict.taskId)).toBe(idOf('second1'));
    expect((await events(good.taskId)).at(-1)).toEqual({
      ...{ kind: 'reassigned', actor_id: idOf('supervisor1'), from_id: idOf('second1'), to_id: idOf('double1') },
      reason: '均衡工作量',
    });
    expect(await events(conflict.taskId)).toHaveLength(1);
  });

  it('refuses people without the post, away or elsewhere, for each task', async () => {
    const { taskId } = await taken('second1');
    await sql(`UPDATE staff_account SET active = false WHERE username = 'second2'`);
    for (const username of ['approver1', 'second2', 'b-second1']) {
      const { body } = await reassign({ moves: [{ taskId, from: idOf('second1'), to: idOf(username) }] });
      expect([username, body.moved, body.items[0]!.refusal?.code]).toEqual([username, 0, 'ASSIGNEE_UNFIT']);
    }
    await sql(`UPDATE staff_account SET active = true WHERE username = 'second2'`);
    expect(await holderOf(taskId)).toBe(idOf('second1'));
  });

  it('does once what is asked twice, ten times at the same moment too', async () => {
    const { taskId } = await taken('second1');
    const body = { reassignmentId: randomUUID(), moves: [{ taskId, from: idOf('second1'), to: idOf('second2') }] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => reassign(body)));
    expect(answers.map(({ body: answer }) => answer.moved)).toEqual(Array(10).fill(1));
    for (const answer of answers) expect(answer.body).toEqual(answers[0]!.body);
    expect((await events(taskId)).map(({ kind }) => kind)).toEqual(['taken', 'reassigned']);
    const other = await supervisor.refusal('POST', '/api/board/reassignments', { ...body, reason: '另一个理由' });
    expect(other).toEqual([409, 'ACTION_REUSED']);
  });

  it('lets one of two supervisors win who move one task at once', async () => {
    const { taskId } = await taken('second1');
    const moves = (username: string) => ({ moves: [{ taskId, from: idOf('second1'), to: idOf(username) }] });
    const [a, b] = await Promise.all([reassign(moves('second2')), reassign(moves('double1'))]);
    expect(a.body.moved + b.body.moved).toBe(1);
    expect((await events(taskId)).filter(({ kind }) => kind === 'reassigned')).toHaveLength(1);
  });

  it('shows on the board and holds in the self-check', async () => {
    const { taskId } = await taken('second1');
    await reassign({ moves: [{ taskId, from: idOf('second1'), to: idOf('second2') }] });
    const person = await eventually(
      async () =>
        (await supervisor.get<BoardAnswer>('/api/board')).body.byPerson.map(({ displayName, lights }) => [
          displayName,
          lights.open,
        ]),
      (found) => found.length > 0,
    );
    expect(person).toEqual([['复核乙', 1]]);
    const { differences } = (await supervisor.get<BoardCheck>('/api/board/self-check')).body;
    expect(differences.filter(({ holderId }) => holderId !== null)).toEqual([]);
  });

  it('is open to the supervisor alone, and asks for a reason and each task once', async () => {
    const moves = [{ taskId: 1, from: null, to: randomUUID() }];
    const body = { reassignmentId: randomUUID(), reason: '均衡', moves };
    expect(await api.stranger().refusal('POST', '/api/board/reassignments', body)).toEqual([401, 'NOT_SIGNED_IN']);
    for (const path of ['/api/board/reassignments', '/api/board/reassignments/preview']) {
      expect(await (await api.signIn('second1')).refusal('POST', path, body)).toEqual([403, 'FORBIDDEN']);
    }
    for (const bad of [
      { ...body, reason: ' ' },
      { ...body, moves: [...moves, ...moves] },
      { ...body, moves: [] },
    ]) {
      expect(await supervisor.refusal('POST', '/api/board/reassignments', bad)).toEqual([400, 'BAD_SHAPE']);
    }
  });
});
