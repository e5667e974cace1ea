import { addWorkingDays, isWorkingDay, officeHoursOn } from '../calendar/counting';
import { formatDay, msPerDay, shanghaiDate, shanghaiDayOf } from '../calendar/dates';
import type { WorkCalendar } from '../calendar/work-calendar';
import type { ClockDefinition, YellowThresholds } from '../case/definition';

/** What a number of the board may be about; `unlimited` is a case for which no clock runs any more. */
export const boardLevels = ['red', 'yellow', 'green', 'paused', 'unlimited'] as const;
export type BoardLevel = (typeof boardLevels)[number];

export const boardLevelLabels = {
  red: '超期',
  yellow: '预警',
  green: '正常',
  paused: '挂起',
  unlimited: '无时限',
} as const satisfies Record<BoardLevel, string>;

export const defaultYellowThresholds: YellowThresholds = { yellowWorkingDays: 2, yellowOfficeHours: 3 };

/** Until when, in epoch ms, a due instant is yellow at this moment: one bound for a clock, so that a list is one range of an index. */
export interface LightBound {
  matter: string;
  clock: string;
  yellowUntil: number;
}

const shanghaiOffsetMs = 8 * 3_600_000;

/**
 * The bounds of every clock of these matters at an instant (epoch ms). The light of a clock that runs follows from its due
 * instant alone; on the days between a late arrival and the day it is deemed to be received (T-05) a clock may turn yellow a
 * day later here than counting its days would have it.
 */
export function lightBounds(
  matters: readonly {
    matter: string;
    clocks: readonly Pick<ClockDefinition, 'clock' | 'limitWorkingDays'>[];
    lights?: YellowThresholds;
  }[],
  calendar: WorkCalendar,
  at: number,
): LightBound[] {
  return matters.flatMap(({ matter, clocks, lights = defaultYellowThresholds }) => {
    const today = shanghaiDate(at);
    // Counting nought days from a closed day would end on the next working day; nothing is left today alone.
    const { yellowWorkingDays } = lights;
    const lastDay = yellowWorkingDays === 0 ? today : addWorkingDays(calendar, today, yellowWorkingDays).dueDate;
    const long = Date.parse(`${lastDay}T23:59:59.999+08:00`);
    const short = latestWithin(calendar, at, lights.yellowOfficeHours * 3_600_000);
    return clocks.map(({ clock, limitWorkingDays }) => ({
      matter,
      clock,
      yellowUntil: limitWorkingDays <= 1 ? short : long,
    }));
  });
}

/** The last instant up to which at most `officeMs` of office time have passed since `at`. */
function latestWithin(calendar: WorkCalendar, at: number, officeMs: number): number {
  let left = officeMs;
  for (let day = shanghaiDayOf(at); ; day += 1) {
    const date = formatDay(day);
    if (!isWorkingDay(calendar, date)) continue;
    for (const { open, close } of officeHoursOn(calendar, date)) {
      const [opens, closes] = [instantOf(day, open), instantOf(day, close)];
      const from = Math.max(opens, at);
      if (closes - from > left) return from + left;
      left -= Math.max(0, closes - from);
    }
  }
}

function instantOf(dayNumber: number, time: string): number {
  const [hours, minutes] = time.split(':').map(Number);
  return dayNumber * msPerDay - shanghaiOffsetMs + (hours! * 60 + minutes!) * 60_000;
}

/**
 * Paused is never overdue; the closing instant itself is still inside (T-04, T-05). A clock whose matter has no bound (an older
 * definition named it otherwise) is never yellow.
 */
export function levelAt(
  task: { matter: string; dueClock: string | null; dueAt: number | null; isPaused: boolean },
  at: number,
  yellowUntil: (matter: string, clock: string | null) => number | undefined,
): BoardLevel {
  if (task.isPaused) return 'paused';
  if (task.dueAt === null) return 'unlimited';
  if (task.dueAt < at) return 'red';
  return task.dueAt <= (yellowUntil(task.matter, task.dueClock) ?? -Infinity) ? 'yellow' : 'green';
}
