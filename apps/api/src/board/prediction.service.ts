import { Injectable } from '@nestjs/common';
import type { Prediction } from '@banjie/contracts';
import {
  addWorkingDays,
  lastWorkingDays,
  paceWorkingDays,
  predictBreaches,
  shanghaiDate,
  stageLabels,
  stagesAhead,
  type Stage,
} from '@banjie/domain';
import { boardMatters, countFinished, currentCalendar, findQueue } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

/** So many tasks are followed at most: what is due behind them cannot make them later. */
const mostFollowed = 20_000;
const mostNamed = 500;

/** Which open cases will be late at today's pace, and what that was reckoned from. */
@Injectable()
export class PredictionService {
  constructor(private readonly dataSource: DataSource) {}

  async predict(account: Account, horizonWorkingDays: number): Promise<Prediction> {
    const now = new Date();
    const calendar = await currentCalendar(this.dataSource, account);
    const { dueDate } = addWorkingDays(calendar, shanghaiDate(now.getTime()), horizonWorkingDays);
    const days = lastWorkingDays(calendar, now.getTime(), paceWorkingDays);
    const until = new Date(`${dueDate}T23:59:59.999+08:00`);
    const [matters, queue, finished] = await Promise.all([
      boardMatters(this.dataSource),
      findQueue(this.dataSource, account.agencyId, until, mostFollowed),
      countFinished(this.dataSource, account.agencyId, days[0]!, days.at(-1)!),
    ]);
    // Without any history there is no pace to speak of: nothing is foretold.
    const stagesWorked = finished.length === 0 ? [] : [...new Set(queue.map(({ stage }) => stage))];
    const countOn = (stage: Stage, day: string) =>
      finished.find((entry) => entry.stage === stage && entry.day === day)?.count ?? 0;
    const pace = new Map(stagesWorked.map((stage) => [stage, days.map((day) => countOn(stage, day))]));
    const known = new Map(matters.map((entry) => [entry.matter, entry]));
    const byCase = new Map(queue.map((task) => [task.caseNo, task]));
    const cases = queue.flatMap(({ caseNo, matter, stage, dueClock, dueAt }) => {
      const definition = known.get(matter);
      if (!definition) return [];
      const clock = definition.clocks.find((entry) => entry.clock === dueClock);
      const road = definition.stages.map((entry) => entry.stage);
      return [{ caseNo, stage, dueAt: dueAt.getTime(), isPaused: false, ahead: stagesAhead(road, stage, clock) }];
    });
    const { breaches, inputs } = predictBreaches(cases, pace, calendar, now.getTime(), horizonWorkingDays);
    return {
      at: shanghaiInstant(now),
      horizonWorkingDays,
      until: dueDate,
      isCut: queue.length === mostFollowed,
      total: breaches.length,
      breaches: breaches.slice(0, mostNamed).map((breach) => {
        const { matter, dueClock, holderId, holderName } = byCase.get(breach.caseNo)!;
        return {
          ...{ ...breach, matter, dueClock },
          matterLabel: known.get(matter)?.label ?? matter,
          stageLabel: stageLabels[breach.stage],
          holder: holderId === null ? null : { id: holderId, displayName: holderName ?? '' },
          dueAt: shanghaiInstant(new Date(breach.dueAt)),
        };
      }),
      inputs: inputs.map((input) => ({
        ...input,
        stageLabel: stageLabels[input.stage],
        perWorkingDay: Number.isFinite(input.perWorkingDay) ? input.perWorkingDay : null,
      })),
    };
  }
}
