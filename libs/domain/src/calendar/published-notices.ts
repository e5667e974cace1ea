import type { NoticeYear } from './notice';

/**
 * 国务院办公厅 notices on public holidays: closed spans with the weekends they enclose, and the 调休 make-up days
 * (T-01). Typed from the notices; the spec compares them with a second source. A new year is a new row here, or a
 * calendar file (docs/calendar-file.md) until the next release.
 */
export const nationalNotices: readonly NoticeYear[] = [
  {
    year: 2025,
    status: 'published',
    source: '国办发明电〔2024〕12号',
    closed: [
      '2025-01-01', // 元旦
      '2025-01-28..2025-02-04', // 春节
      '2025-04-04..2025-04-06', // 清明节
      '2025-05-01..2025-05-05', // 劳动节
      '2025-05-31..2025-06-02', // 端午节
      '2025-10-01..2025-10-08', // 国庆节、中秋节
    ],
    makeUp: ['2025-01-26', '2025-02-08', '2025-04-27', '2025-09-28', '2025-10-11'],
  },
  {
    year: 2026,
    status: 'published',
    source: '国办发明电〔2025〕7号',
    closed: [
      '2026-01-01..2026-01-03', // 元旦
      '2026-02-15..2026-02-23', // 春节
      '2026-04-04..2026-04-06', // 清明节
      '2026-05-01..2026-05-05', // 劳动节
      '2026-06-19..2026-06-21', // 端午节
      '2026-09-25..2026-09-27', // 中秋节
      '2026-10-01..2026-10-07', // 国庆节
    ],
    makeUp: ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10'],
  },
];

/**
 * Regional days on top of the national table (T-13), by region code. The rows of 450200 are EXAMPLES: 广西 announces
 * the two working days of 壮族三月三 each year and that notice is not loaded yet, hence provisional, and every limit that
 * reaches into these years in this region carries the mark.
 */
export const regionalNotices: Readonly<Record<string, readonly NoticeYear[]>> = {
  '450200': [
    {
      year: 2025,
      status: 'provisional',
      source: '示例:壮族三月三,自治区通知未载入',
      closed: ['2025-03-31..2025-04-01'],
      makeUp: [],
    },
    {
      year: 2026,
      status: 'provisional',
      source: '示例:壮族三月三,自治区通知未载入',
      closed: ['2026-04-20..2026-04-21'],
      makeUp: [],
    },
  ],
};
