import { Injectable } from '@nestjs/common';
import type {
  BoardLights,
  Reassignment,
  ReassignmentAnswer,
  ReassignmentPlan,
  ReassignmentPreview,
} from '@banjie/contracts';
import { DomainError, planMoves, type BoardLevel, type Refusal } from '@banjie/domain';
import {
  boardMatters,
  countBoard,
  currentCalendar,
  dutiesAmong,
  findAssignees,
  findTasksToMove,
  reassignTasks,
  type BoardGroup,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { BoardLightsAt } from './board-view';

/** 转办 from the board: first what it would come to, then the moves that were shown. */
@Injectable()
export class ReassignmentsService {
  constructor(private readonly dataSource: DataSource) {}

  /** Changes nothing. @throws DomainError ASSIGNEE_UNFIT for a person who can get no task at all */
  async preview(account: Account, wanted: ReassignmentPreview): Promise<ReassignmentPlan> {
    const { agencyId } = account;
    const calendar = await currentCalendar(this.dataSource, account);
    const lights = new BoardLightsAt(await boardMatters(this.dataSource), calendar, new Date());
    const holderIds = wanted.from.map((id) => (id === 'none' ? null : id));
    const [found, people, groups] = await Promise.all([
      findTasksToMove(this.dataSource, agencyId, { ...wanted, holderIds }, wanted.level ? mostLooked : wanted.limit),
      findAssignees(this.dataSource, agencyId, [...wanted.to, ...holderIds.filter((id) => id !== null)]),
      countBoard(this.dataSource, agencyId),
    ]);
    const assignees = wanted.to.map((id) => {
      const person = people.find((entry) => entry.id === id);
      if (!person?.isOfAgency) throw unfit('所选人员', '本机构没有这名人员');
      if (!person.isActive) throw unfit(person.displayName, '账号已停用');
      return person;
    });
    const tasks = found
      .filter((task) => wanted.level === undefined || lights.levelOf(task) === wanted.level)
      .slice(0, wanted.limit);
    const dutyOf = await dutiesAmong(
      this.dataSource,
      tasks.map(({ caseNo }) => caseNo),
      wanted.to,
    );
    const before = loadsOf(groups, lights);
    const load = new Map([...before].map(([id, numbers]) => [id, numbers.open]));
    const plan = planMoves(tasks, assignees, { load, dutyOf: (task, id) => dutyOf(task.caseNo, id) });
    const after = new Map([...before].map(([id, numbers]) => [id, { ...numbers }]));
    const change = (id: string | null, level: BoardLevel, by: 1 | -1) => {
      if (id === null) return;
      const numbers = after.get(id) ?? none();
      numbers[level] += by;
      numbers.open += by;
      after.set(id, numbers);
    };
    const answer: ReassignmentPlan = { at: shanghaiInstant(lights.at), moves: [], refused: [], people: [] };
    for (const { task, to, refusal } of plan) {
      const { taskId, caseNo, stage, holderId } = task;
      if (refusal) {
        answer.refused.push({ taskId, caseNo, ...sentenceOf(refusal) });
        continue;
      }
      const level = lights.levelOf(task);
      answer.moves.push({ taskId, caseNo, stage, level, from: holderId, to: to.id });
      change(holderId, level, -1);
      change(to.id, level, 1);
    }
    answer.people = people
      .filter(({ isOfAgency }) => isOfAgency)
      .map(({ id, displayName }) => ({
        id,
        displayName,
        before: before.get(id) ?? none(),
        after: after.get(id) ?? none(),
      }));
    return answer;
  }

  /** @throws DomainError ACTION_REUSED */
  async reassign(account: Account, wanted: Reassignment): Promise<ReassignmentAnswer> {
    const supervisor = { personId: account.id, agencyId: account.agencyId };
    const { at, items } = await reassignTasks(this.dataSource, supervisor, wanted);
    const refused = items.filter(({ refusal }) => refusal !== null).length;
    return {
      reassignmentId: wanted.reassignmentId,
      at: shanghaiInstant(new Date(at)),
      ...{ moved: items.length - refused, refused },
      items: items.map(({ taskId, caseNo, to, refusal }) => ({
        taskId,
        caseNo,
        to,
        refusal: refusal && sentenceOf(refusal),
      })),
    };
  }
}

/** A light is no column: so many tasks are looked at to find those that have it. */
const mostLooked = 5_000;

const unfit = (person: string, reason: string) => new DomainError('ASSIGNEE_UNFIT', { person, reason }, 'to');

const none = (): BoardLights => ({ open: 0, red: 0, yellow: 0, green: 0, paused: 0, unlimited: 0 });

function sentenceOf({ code, facts }: Refusal): { code: string; message: string; next: string } {
  const { message, next } = new DomainError(code, facts);
  return { code, message, next };
}

function loadsOf(groups: readonly BoardGroup[], lights: BoardLightsAt): Map<string, BoardLights> {
  const loads = new Map<string, BoardLights>();
  for (const group of groups) {
    if (group.holderId === null) continue;
    const numbers = loads.get(group.holderId) ?? none();
    numbers[lights.levelOf(group)] += group.count;
    numbers.open += group.count;
    loads.set(group.holderId, numbers);
  }
  return loads;
}
