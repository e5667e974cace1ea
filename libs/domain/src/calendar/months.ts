/** The month `by` months after `month`, both 'YYYY-MM'; negative: before it. */
export function shiftMonth(month: string, by: number): string {
  const count = Number(month.slice(0, 4)) * 12 + Number(month.slice(5)) - 1 + by;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, '0')}`;
}

/** A month, 'YYYY-MM', from its first instant in Shanghai to the first of the next. */
export function monthSpan(month: string): { from: Date; until: Date } {
  return { from: firstInstant(month), until: firstInstant(shiftMonth(month, 1)) };
}

const firstInstant = (month: string) => new Date(`${month}-01T00:00:00+08:00`);
