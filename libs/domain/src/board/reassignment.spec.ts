import { duties, type Duty, type Post, type Stage } from '../case/words';
import { planMoves, refuseAssignee, type Assignee, type MovableTask } from './reassignment';

const task = (
  taskId: number,
  stage: Stage,
  post: Post,
  duty: Duty | null,
  holderId: string | null = null,
): MovableTask => ({
  ...{ taskId, stage, duty, holderId, batchNo: null },
  posts: [post],
});
const person = (id: string, ...posts: Post[]): Assignee => ({
  id,
  displayName: id,
  posts,
  isActive: true,
  isOfAgency: true,
});
const review = (taskId: number, holderId: string | null = null) =>
  task(taskId, 'secondReview', 'secondReviewer', 'secondReview', holderId);

describe('who may get a task', () => {
  it('refuses every other duty of the case, and none where the stage claims none (SD-01)', () => {
    const both = person('a', 'secondReviewer', 'window');
    for (const duty of duties) {
      const refused = refuseAssignee(review(1), both, duty);
      expect([duty, refused?.code ?? null]).toEqual([duty, duty === 'secondReview' ? null : 'ASSIGNEE_HAS_DUTY']);
      expect(refuseAssignee(task(2, 'deliver', 'window', null), both, duty)).toBeNull();
    }
  });

  it('refuses who is away, of another agency, unknown or without the post', () => {
    const able = person('a', 'secondReviewer');
    expect(refuseAssignee(review(1), able, null)).toBeNull();
    for (const other of [{ ...able, isActive: false }, { ...able, isOfAgency: false }, null, person('a', 'approver')]) {
      expect(refuseAssignee(review(1), other, null)?.code).toBe('ASSIGNEE_UNFIT');
    }
  });

  it('gives a task of a batch to nobody', () => {
    const held = { ...review(1), batchNo: 'B1' };
    const refusal = { code: 'TASK_IN_BATCH', facts: { batchNo: 'B1' } };
    expect(refuseAssignee(held, person('a', 'secondReviewer'), null)).toEqual(refusal);
    const known = { load: new Map<string, number>(), dutyOf: () => null };
    expect(planMoves([held], [person('a', 'secondReviewer')], known)).toEqual([{ task: held, to: null, refusal }]);
  });
});

describe('sharing tasks out', () => {
  const dutyOf = () => null;
  it('gives each to whoever has the fewest then', () => {
    const people = [person('a', 'secondReviewer'), person('b', 'secondReviewer'), person('c', 'approver')];
    const load = new Map([
      ['a', 3],
      ['b', 1],
      ['c', 0],
    ]);
    const moves = planMoves(
      [1, 2, 3, 4].map((id) => review(id)),
      people,
      { load, dutyOf },
    );
    expect(moves.map(({ to }) => to?.id)).toEqual(['b', 'b', 'a', 'b']);
  });

  it('names the reason where nobody may get it, and gives nobody what he has', () => {
    const people = [person('a', 'secondReviewer')];
    const load = new Map<string, number>();
    const moves = planMoves([review(1, 'a'), review(2)], people, {
      load,
      dutyOf: ({ taskId }) => (taskId === 2 ? 'initialReview' : null),
    });
    expect(moves.map(({ to, refusal }) => [to, refusal?.code])).toEqual([
      [null, 'ASSIGNEE_UNFIT'],
      [null, 'ASSIGNEE_HAS_DUTY'],
    ]);
  });
});
