import { Injectable } from '@nestjs/common';
import type { BoardAnswer, BoardCasesAnswer, BoardCasesQuery, BoardCheck } from '@banjie/contracts';
import { DomainError } from '@banjie/domain';
import {
  boardMatters,
  checkBoard,
  currentCalendar,
  countBoard,
  earlierChecks,
  findBoardPage,
  findStaff,
  inSnapshot,
  type BoardPlace,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';
import { boardCaseOf, boardOf, filterOf, isIn, partOf, BoardLightsAt } from './board-view';

const shownChecks = 48;

/** The supervisor's board of his own agency: every number has its list, and both are asked for under one filter. */
@Injectable()
export class BoardService {
  constructor(private readonly dataSource: DataSource) {}

  /** Three statements at most. */
  async board(account: Account): Promise<BoardAnswer> {
    const lights = await this.lights(account);
    const [groups, staff] = await Promise.all([
      countBoard(this.dataSource, account.agencyId),
      findStaff(this.dataSource, account.agencyId),
    ]);
    return boardOf(account.agencyId, groups, staff, lights);
  }

  /** The first page counts its list as well, in the same snapshot. Five statements at most. @throws DomainError BAD_SHAPE */
  async cases(account: Account, query: BoardCasesQuery): Promise<BoardCasesAnswer> {
    const lights = await this.lights(account);
    const filter = filterOf(query, lights);
    const { limit } = query;
    const after = query.after === undefined ? null : placeOf(query.after);
    const { found, total } = await inSnapshot(this.dataSource, async (manager) => {
      // One row more than asked for tells whether there is a next page.
      const page = { at: lights.at, after, limit: limit + 1 };
      const found = await findBoardPage(manager, account.agencyId, filter, lights.bounds, page);
      if (after !== null) return { found, total: null };
      const groups = await countBoard(manager, account.agencyId, partOf(filter));
      const counted = groups.filter((group) => isIn(filter, group, lights));
      return { found, total: counted.reduce((sum, group) => sum + group.count, 0) };
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      at: shanghaiInstant(lights.at),
      items: page.map((row) => boardCaseOf(row, lights)),
      total,
      next: last && found.length > limit ? textOf(last) : null,
    };
  }

  async selfCheck(account: Account): Promise<BoardCheck> {
    const earlier = await earlierChecks(this.dataSource, account.agencyId, shownChecks);
    const { at, compared, differences } = await checkBoard(
      this.dataSource,
      account.agencyId,
      await currentCalendar(this.dataSource, account),
    );
    return {
      at: shanghaiInstant(at),
      agencyId: account.agencyId,
      compared,
      isSound: differences.length === 0,
      differences,
      earlier: earlier.map((check) => ({ ...check, at: shanghaiInstant(check.at) })),
    };
  }

  private async lights(account: Account): Promise<BoardLightsAt> {
    return new BoardLightsAt(
      await boardMatters(this.dataSource),
      await currentCalendar(this.dataSource, account),
      new Date(),
    );
  }
}

const textOf = ({ dueAt, taskId, caseNo }: BoardPlace): string =>
  `${dueAt ? dueAt.getTime() : 'none'}.${taskId === null ? `c${caseNo}` : `t${taskId}`}`;

function placeOf(text: string): BoardPlace {
  const [, due, task, caseNo] = /^(none|\d{1,15})\.(?:t(\d{1,15})|c([\w-]{1,60}))$/.exec(text) ?? [];
  if (due === undefined) throw new DomainError('BAD_SHAPE', { reason: 'after 不是上一页给出的位置' }, 'after');
  const dueAt = due === 'none' ? null : new Date(Number(due));
  return { dueAt, taskId: task === undefined ? null : Number(task), caseNo: caseNo ?? '' };
}
