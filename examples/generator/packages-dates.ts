import type { DeadlineProbe, ExampleDeadlines } from '@banjie/contracts';

const probe = (why: string, request: DeadlineProbe['request'], receivedOn: string, dueDate: string): DeadlineProbe => ({
  why,
  request,
  expect: { receivedOn, dueDate, dueAt: `${dueDate}T16:00:00+08:00` },
});

/** Dates worked out by hand from the published notices; nothing here is computed. */
export const datePackages: ExampleDeadlines[] = [
  {
    kind: 'deadlines',
    name: 'fixed-dates-spring-festival',
    title: '跨春节的时限',
    rules: ['T-01', 'T-03', 'T-05', '04-clocks § 5'],
    probes: [
      probe(
        '2026-02-14 周六上班为第 11 日,15 至 23 日放假',
        { start: '2026-01-30', limit: { kind: 'workingDays', n: 15 } },
        '2026-01-30',
        '2026-02-27',
      ),
      probe(
        '多一日即 2 月 28 日周六上班',
        { start: '2026-01-30', limit: { kind: 'workingDays', n: 16 } },
        '2026-01-30',
        '2026-02-28',
      ),
      probe(
        '2025-01-26 周日上班,1 月 28 日至 2 月 4 日放假',
        { start: '2025-01-24T10:00', limit: { kind: 'workingDays', n: 5 } },
        '2025-01-24',
        '2025-02-07',
      ),
      probe(
        '再一日是 2 月 8 日周六上班',
        { start: '2025-01-24T10:00', limit: { kind: 'workingDays', n: 6 } },
        '2025-01-24',
        '2025-02-08',
      ),
      probe(
        '周五下班后收件,视为周六上班日收到',
        { start: '2026-02-13T16:30:00+08:00', limit: { kind: 'workingDays', n: 1 } },
        '2026-02-14',
        '2026-02-24',
      ),
      probe(
        '假期中网上提交,视为节后首日收到',
        { start: '2026-02-18T11:00:00+08:00', limit: { kind: 'workingDays', n: 18 } },
        '2026-02-24',
        '2026-03-19',
      ),
    ],
  },
  {
    kind: 'deadlines',
    name: 'fixed-dates-national-day',
    title: '跨国庆节的时限',
    rules: ['T-01', 'T-05', 'Worked 2'],
    probes: [
      probe(
        '2025-09-28 周日上班;第 5 日为 10 月 9 日',
        { start: '2025-09-25', limit: { kind: 'workingDays', n: 5 } },
        '2025-09-25',
        '2025-10-09',
      ),
      probe(
        '2025-10-11 周六上班',
        { start: '2025-09-30T09:00', limit: { kind: 'workingDays', n: 3 } },
        '2025-09-30',
        '2025-10-11',
      ),
      probe(
        '16:00:00 仍在办公时间内',
        { start: '2026-09-30T16:00:00+08:00', limit: { kind: 'workingDays', n: 1 } },
        '2026-09-30',
        '2026-10-08',
      ),
      probe(
        '16:00:01 已下班,视为节后首日收到',
        { start: '2026-09-30T16:00:01+08:00', limit: { kind: 'workingDays', n: 1 } },
        '2026-10-08',
        '2026-10-09',
      ),
      probe(
        '跨中秋、国庆的 18 个工作日,10 月 10 日周六上班',
        { start: '2026-09-24T10:00', limit: { kind: 'workingDays', n: 18 } },
        '2026-09-24',
        '2026-10-27',
      ),
    ],
  },
  {
    kind: 'deadlines',
    name: 'fixed-dates-worked-examples',
    title: '时限算例:调休、补正暂停、下班后收件、三月三',
    rules: ['04-clocks § 5', 'T-13'],
    probes: [
      probe(
        '4 月 27 日周日上班',
        { start: '2025-04-25T10:00', limit: { kind: 'workingDays', n: 1 } },
        '2025-04-25',
        '2025-04-27',
      ),
      probe(
        '5 月 1 至 5 日放假',
        { start: '2025-04-30', limit: { kind: 'workingDays', n: 5 } },
        '2025-04-30',
        '2025-05-12',
      ),
      probe(
        '6 月 10 日告知、16 日材料到,四个工作日不计',
        {
          start: '2025-06-03T10:00',
          limit: { kind: 'workingDays', n: 18 },
          pauses: [{ from: '2025-06-10', to: '2025-06-16' }],
        },
        '2025-06-03',
        '2025-07-03',
      ),
      probe(
        '不暂停则为 6 月 27 日',
        { start: '2025-06-03T10:00', limit: { kind: 'workingDays', n: 18 } },
        '2025-06-03',
        '2025-06-27',
      ),
      probe(
        '周六网上提交,视为周一收到',
        { start: '2025-06-07T10:00', limit: { kind: 'workingDays', n: 1 } },
        '2025-06-09',
        '2025-06-10',
      ),
      probe(
        '广西三月三(示例)两日休息',
        { start: '2025-03-28T10:00', limit: { kind: 'workingDays', n: 1 }, region: '450200' },
        '2025-03-28',
        '2025-04-02',
      ),
    ],
  },
];
