import { dutyLabels, stageLabels, type Duty, type Post, type Stage } from '../case/words';
import type { ErrorCode } from '../errors';

/** An open task as whoever gives it to another has to know it. */
export interface MovableTask {
  taskId: number;
  stage: Stage;
  posts: readonly Post[];
  /** The duty (SD-01) that acting at its stage claims. */
  duty: Duty | null;
  holderId: string | null;
  /** The batch of payouts that it stands in; then it is the batch's to do. */
  batchNo: string | null;
}

/** Who is to get it. */
export interface Assignee {
  id: string;
  displayName: string;
  posts: readonly Post[];
  isActive: boolean;
  isOfAgency: boolean;
}

export interface Refusal {
  code: ErrorCode;
  facts: Record<string, unknown>;
}

/**
 * May this person get this task? Asked by the preview and by the transaction. SD-01 holds after a reassignment too: nobody gets a
 * task of a case in which he has another duty, whatever was planned for him. Nobody gets a task of a batch: it would leave the batch at its
 * next act. Null: yes.
 * @param ownDuty what the person already has in the case
 */
export function refuseAssignee(task: MovableTask, person: Assignee | null, ownDuty: Duty | null): Refusal | null {
  if (task.batchNo !== null) return { code: 'TASK_IN_BATCH', facts: { batchNo: task.batchNo } };
  // Whoever is not of the agency does not exist for it.
  if (!person?.isOfAgency) return unfit('所选人员', '本机构没有这名人员');
  if (!person.isActive) return unfit(person.displayName, '账号已停用');
  if (!person.posts.some((post) => task.posts.includes(post))) {
    return unfit(person.displayName, `没有办理“${stageLabels[task.stage]}”的岗位`);
  }
  if (task.duty && ownDuty && ownDuty !== task.duty) {
    const facts = { person: person.displayName, duty: dutyLabels[ownDuty], stage: stageLabels[task.stage] };
    return { code: 'ASSIGNEE_HAS_DUTY', facts };
  }
  return null;
}

const unfit = (person: string, reason: string): Refusal => ({ code: 'ASSIGNEE_UNFIT', facts: { person, reason } });

export type PlannedMove<Task> =
  { task: Task; to: Assignee; refusal: null } | { task: Task; to: null; refusal: Refusal };

/**
 * Shares tasks out, in the order given: each goes to the person among those who may get it that then holds the fewest, the first
 * named where several do. A task that nobody may get keeps its place, with the reason of the last person asked.
 */
export function planMoves<Task extends MovableTask>(
  tasks: readonly Task[],
  assignees: readonly Assignee[],
  known: { load: ReadonlyMap<string, number>; dutyOf: (task: Task, personId: string) => Duty | null },
): PlannedMove<Task>[] {
  const load = new Map(assignees.map(({ id }) => [id, known.load.get(id) ?? 0]));
  return tasks.map((task) => {
    let refusal: Refusal = unfit('所选人员', '任务已由其本人办理');
    let best: Assignee | null = null;
    for (const person of assignees) {
      if (person.id === task.holderId) continue;
      const reason = refuseAssignee(task, person, known.dutyOf(task, person.id));
      if (reason) refusal = reason;
      else if (!best || load.get(person.id)! < load.get(best.id)!) best = person;
    }
    if (!best) return { task, to: null, refusal };
    load.set(best.id, load.get(best.id)! + 1);
    if (task.holderId !== null && load.has(task.holderId)) load.set(task.holderId, load.get(task.holderId)! - 1);
    return { task, to: best, refusal: null };
  });
}
