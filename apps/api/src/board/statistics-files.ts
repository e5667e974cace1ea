import type { MonthStatistics } from '@banjie/contracts';
import { stringify } from 'csv-stringify/sync';
import { writeWorkbook, type Cell } from '../edge/workbooks';

const matterColumns = [
  ['事项', 'label'],
  ['收件', 'received'],
  ['办结', 'finished'],
  ['提前', 'early'],
  ['按时', 'onTime'],
  ['超时', 'late'],
  ['撤件', 'withdrawn'],
  ['不予受理', 'refusedAcceptance'],
  ['在办未超', 'openInside'],
  ['在办超期', 'openOverdue'],
  ['挂起', 'suspended'],
] as const;

const percent = (bp: number | null): Cell => (bp === null ? null : (bp / 100).toFixed(2));

function matterTable({ matters }: MonthStatistics): Cell[][] {
  return [
    [...matterColumns.map(([title]) => title), '按时办结率(%)', '退回率(%)', '一次通过率(%)', '办理工作日中位数'],
    ...matters.map((row) => [
      ...matterColumns.map(([, key]) => row[key]),
      ...[percent(row.onTimeRateBp), percent(row.returnRateBp), percent(row.firstPassRateBp), row.medianWorkingDays],
    ]),
  ];
}

function stageTable({ stages }: MonthStatistics): Cell[][] {
  return [
    ['事项', '环节', '办结任务', 'P50(办公分钟)', 'P90(办公分钟)'],
    ...stages.map((row) => [row.matterLabel, row.stageLabel, row.tasks, row.p50OfficeMinutes, row.p90OfficeMinutes]),
  ];
}

const titleOf = ({ agencyId, month, asOf }: MonthStatistics): Cell[] => [
  `${month} 办件时限统计`,
  `机构 ${agencyId}`,
  `截至 ${asOf}`,
];

/** Both tables under one another, for Excel: UTF-8 with a mark, and no cell that it would take for a formula. */
export function statisticsCsv(statistics: MonthStatistics): Buffer {
  const lines = [titleOf(statistics), ...matterTable(statistics), [], ...stageTable(statistics)];
  return Buffer.from(stringify(lines, { bom: true, escape_formulas: true, record_delimiter: 'windows' }), 'utf8');
}

/** A workbook of two sheets; the same statistics give the same bytes. */
export function statisticsWorkbook(statistics: MonthStatistics): Promise<Buffer> {
  const sheet = (name: string, table: Cell[][]) => ({ name, rows: [titleOf(statistics), ...table] });
  return writeWorkbook(new Date(statistics.asOf), [
    sheet('办件', matterTable(statistics)),
    sheet('环节', stageTable(statistics)),
  ]);
}
