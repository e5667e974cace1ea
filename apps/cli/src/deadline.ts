import { readFileSync } from 'node:fs';
import {
  type AfterHoursPolicy,
  builtInTables,
  calendarFor,
  computeDeadline,
  type Deadline,
  type DeadlinePause,
  DomainError,
  type Limit,
  mergeCalendars,
  parseCalendarFile,
  parseDate,
  type WorkCalendar,
  weekdayOf,
} from '@banjie/domain';
import { type Options, readOptions } from './options';

const help = `用法:npx banjie deadline --start 时间 时限 [选项]

  --start 时间            起算时间:2025-06-03 或 2025-06-03T10:00(不写时区即北京时间)
时限(选一):
  --working-days N        N 个工作日
  --calendar-days N       N 天
  --months N              N 个月
  --same-day              当天办结
选项:
  --region 代码           六位地区代码,例如 450200;不写则只用全国日历
  --pause 起..止          告知日..材料到达日,可重复;材料未到写“起..”,按暂停上限计算
  --after-hours 规则      下班后和休息日收件:next-day 视为下一工作日(默认),actual-date 按当天
  --calendar 文件         增补或替换年份与地区休息日的日历文件,格式见 docs/calendar-file.md
  --json                  输出 JSON
`;

/** `banjie deadline`: {@link computeDeadline} at a terminal. Exit code 0, or 2 for bad input through DomainError. */
export function deadline(args: string[]): number {
  const options = readOptions(args, {
    start: 'string',
    'working-days': 'string',
    'calendar-days': 'string',
    months: 'string',
    'same-day': 'boolean',
    region: 'string',
    pause: 'string',
    'after-hours': 'string',
    calendar: 'string',
    json: 'boolean',
    help: 'boolean',
  });
  if (options.flag('help')) {
    process.stdout.write(help);
    return 0;
  }
  const start = options.one('start');
  if (start === undefined) throw new DomainError('BAD_USAGE', { reason: '缺少 --start' });
  const limit = readLimit(options);
  const calendar = readCalendar(options.one('calendar'), options.one('region') ?? null);
  const afterHours = readAfterHours(options.one('after-hours'));
  const answer = computeDeadline({ start, limit, pauses: options.all('pause').map(readPause), afterHours, calendar });
  process.stdout.write(options.flag('json') ? `${JSON.stringify(answer)}\n` : inWords(answer, limit, calendar));
  return 0;
}

function readLimit(options: Options): Limit {
  const given = (
    [
      ['working-days', 'workingDays'],
      ['calendar-days', 'calendarDays'],
      ['months', 'months'],
    ] as const
  ).flatMap(([option, kind]): Limit[] => {
    const text = options.one(option);
    return text === undefined ? [] : [{ kind, n: readWholeNumber(text) }];
  });
  if (options.flag('same-day')) given.push({ kind: 'sameDay' });
  const [limit] = given;
  if (!limit || given.length > 1) {
    throw new DomainError('BAD_USAGE', {
      reason: '--working-days、--calendar-days、--months、--same-day 须且只能选一个',
    });
  }
  return limit;
}

function readWholeNumber(text: string): number {
  if (!/^[+-]?\d{1,9}$/.test(text))
    throw new DomainError('BAD_LIMIT', { value: text.slice(0, 40), reason: '须为整数' });
  return Number(text);
}

function readPause(text: string): DeadlinePause {
  const [from, to, ...more] = text.split('..');
  if (from === undefined || to === undefined || more.length > 0) {
    throw new DomainError('BAD_PAUSE', { value: text.slice(0, 60), reason: '须为 起..止' });
  }
  return { from, to: to === '' ? null : to };
}

function readAfterHours(text: string | undefined): AfterHoursPolicy | undefined {
  if (text === undefined) return undefined;
  if (text === 'next-day') return 'nextDay';
  if (text === 'actual-date') return 'actualDate';
  const reason = '--after-hours 须为 next-day 或 actual-date';
  throw new DomainError('BAD_DEADLINE_OPTION', { value: text.slice(0, 40), reason });
}

function readCalendar(file: string | undefined, region: string | null): WorkCalendar {
  if (file === undefined) return calendarFor(region);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DomainError('BAD_CALENDAR_FILE', { at: file, reason: missing ? '文件不存在' : '文件无法读取' });
  }
  return calendarFor(region, mergeCalendars(builtInTables, parseCalendarFile(text)));
}

const onWeekday = (date: string): string => `${date}(周${'日一二三四五六'[weekdayOf(parseDate(date))]})`;

const limitInWords = (limit: Limit): string => {
  switch (limit.kind) {
    case 'workingDays':
      return `${limit.n} 个工作日`;
    case 'calendarDays':
      return `${limit.n} 天`;
    case 'months':
      return `${limit.n} 个月`;
    case 'sameDay':
      return '当天办结';
  }
};

function inWords(answer: Deadline, limit: Limit, calendar: WorkCalendar): string {
  const { countedDays, pausedDays } = answer;
  const lines = [
    `时限    ${limitInWords(limit)}`,
    `起算日  ${onWeekday(answer.receivedOn)}${limit.kind === 'sameDay' ? '' : ',当日不计入'}`,
    `截止    ${onWeekday(answer.dueDate)} ${answer.dueAt.slice(11, 16)}`,
  ];
  if (limit.kind === 'workingDays' && countedDays.length > 0) lines.push(`计入    ${countedDays.join(' ')}`);
  if (pausedDays.length > 0) lines.push(`暂停    ${pausedDays.length} 个工作日不计:${pausedDays.join(' ')}`);
  if (answer.provisional) lines.push('暂定    所涉年份的放假安排尚未公布或载入,公布后须重新计算');
  lines.push(`日历    ${calendar.region ?? '全国'},版本 ${answer.calendarVersion}`);
  return `${lines.join('\n')}\n`;
}
