import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { MonthStatistics } from '@banjie/contracts';
import { stringify } from 'csv-stringify/sync';
import { stream } from 'exceljs';

type Cell = string | number | null;

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
export async function statisticsWorkbook(statistics: MonthStatistics): Promise<Buffer> {
  const target = new PassThrough();
  const written = buffer(target);
  const workbook = new stream.xlsx.WorkbookWriter({ stream: target, useStyles: false, useSharedStrings: false });
  workbook.creator = '办结';
  workbook.created = workbook.modified = new Date(statistics.asOf);
  for (const [name, table] of [
    ['办件', matterTable(statistics)],
    ['环节', stageTable(statistics)],
  ] as const) {
    const sheet = workbook.addWorksheet(name);
    for (const cells of [titleOf(statistics), ...table]) sheet.addRow(cells).commit();
    sheet.commit();
  }
  await workbook.commit();
  return withFixedTimes(await written);
}

/** 1980-01-01 00:00, the first instant a zip can name. */
const fixedDosTime = Buffer.from([0, 0, 0x21, 0]);
const [centralEntry, endOfDirectory] = [0x02014b50, 0x06054b50];

/** A zip notes when each part was packed; that must not tell one print of a closed month from the next. */
function withFixedTimes(zip: Buffer): Buffer {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || zip.readUInt32LE(end) !== endOfDirectory) throw new Error('no zip');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    if (zip.readUInt32LE(at) !== centralEntry) throw new Error('no entry of a zip');
    fixedDosTime.copy(zip, at + 12);
    fixedDosTime.copy(zip, zip.readUInt32LE(at + 42) + 10);
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return zip;
}
