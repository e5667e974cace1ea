import type { PackageOutcome } from './outcome';

/** The table at the end and the counting line under it. */
export function tableOf(outcomes: readonly PackageOutcome[]): string {
  const rows = outcomes.map((outcome) => [
    outcome.asExpected ? '✓' : '✗',
    outcome.name,
    outcome.expected,
    outcome.got,
    dueDatesInShort(outcome),
    yuan(outcome.paidFen),
  ]);
  const head = ['', '办件包', '预期', '实际', '截止日期', '实付(元)'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 5 ? padLeft(cell, widths[column] ?? 0) : padRight(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const faults = outcomes.flatMap(({ name, differences }) =>
    differences.map((difference) => `  ${name}:${difference}`),
  );
  return [
    line(head),
    ...rows.map(line),
    ...(faults.length > 0 ? ['', '不同之处:', ...faults] : []),
    '',
    countingLine(outcomes),
    '',
  ].join('\n');
}

/** `24 packages: 24 as expected, 0 not` */
export function countingLine(outcomes: readonly PackageOutcome[]): string {
  const right = outcomes.filter(({ asExpected }) => asExpected).length;
  return `${outcomes.length} packages: ${right} as expected, ${outcomes.length - right} not`;
}

function dueDatesInShort({ dueDates }: PackageOutcome): string {
  const same = dueDates.filter(({ dueDate, counted }) => dueDate === counted).length;
  if (dueDates.length === 0) return '';
  const latest = dueDates
    .filter(({ clock }) => clock.startsWith('K-'))
    .map(({ clock, dueDate }) => `${clock} ${dueDate.slice(5)}`);
  const shown = [...new Set(latest)].join(' ');
  return same === dueDates.length ? shown || `${same} 个相符` : `${same}/${dueDates.length} 相符 ${shown}`.trimEnd();
}

function yuan(fen: number): string {
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, '0')}`;
}

/** Columns a terminal gives a text: two for each Chinese character. */
function widthOf(text: string): number {
  return [...text].reduce(
    (sum, character) =>
      sum +
      (/[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\uFFE0-\uFFE6]/.test(character)
        ? 2
        : 1),
    0,
  );
}

const padRight = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - widthOf(text)));
const padLeft = (text: string, width: number) => ' '.repeat(Math.max(0, width - widthOf(text))) + text;
