import { Injectable } from '@nestjs/common';
import type { Prediction } from '@banjie/contracts';
import {
  addWorkingDays,
  lastWorkingDays,
  paceWorkingDays,
  predictBreaches,
  shanghaiDate,
  stageLabels,
  stagesAgain,
  stagesAhead,
} from '@banjie/domain';
import { boardMatters, countFinished, countFurther, currentCalendar, findQueue } from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { shanghaiInstant } from '../edge/times';
import type { Account } from '../sign-in/account';

/** So many tasks are followed at most: what is due behind them cannot make them later. */
const mostFollowed = 20_000;
const mostNamed = 500;

/** Which open cases will be late if all goes on as in the last days, and what that was reckoned from. */
@Injectable()
export class PredictionService {
  constructor(private readonly dataSource: DataSource) {}

  async predict(account: Account, horizonWorkingDays: number): Promise<Prediction> {
    const now = new Date();
    const calendar = await currentCalendar(this.dataSource, account);
    const { dueDate } = addWorkingDays(calendar, shanghaiDate(now.getTime()), horizonWorkingDays);
    const days = lastWorkingDays(calendar, now.getTime(), paceWorkingDays);
    const until = new Date(`${dueDate}T23:59:59.999+08:00`);
    const [matters, queue, further, finished] = await Promise.all([
      boardMatters(this.dataSource),
      findQueue(this.dataSource, account.agencyId, until, mostFollowed),
      countFurther(this.dataSource, account.agencyId, until),
      countFinished(this.dataSource, account.agencyId, days[0]!, days.at(-1)!),
    ]);
    const known = new Map(matters.map((entry) => [entry.matter, entry]));
    const byCase = new Map(queue.map((task) => [task.caseNo, task]));
    const cases = queue.flatMap(({ caseNo, matter, stage, holderId, dueClock, dueAt }) => {
      const definition = known.get(matter);
      if (!definition) return [];
      const clock = definition.clocks.find((entry) => entry.clock === dueClock);
      const road = definition.stages.map((entry) => entry.stage);
      const ahead = stagesAhead(road, stage, clock);
      const again = stagesAgain(definition.stages, stage, ahead);
      return [{ caseNo, stage, dueAt: dueAt.getTime(), isPaused: false, heldBy: holderId, again, ahead }];
    });
    const seen = { cases, further: new Map(further.map(({ stage, count }) => [stage, count])), finished, days };
    const { breaches, inputs, trials } = predictBreaches(seen, calendar, now.getTime(), horizonWorkingDays);
    return {
      at: shanghaiInstant(now),
      horizonWorkingDays,
      until: dueDate,
      isCut: queue.length === mostFollowed,
      trials,
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
