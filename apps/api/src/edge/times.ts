const shanghaiOffsetMs = 8 * 3_600_000;

/** An instant as answers write it: '2025-07-03T16:00:00+08:00', with milliseconds only where there are any. */
export function shanghaiInstant(at: Date): string;
export function shanghaiInstant(at: Date | null): string | null;
export function shanghaiInstant(at: Date | null): string | null {
  if (!at) return null;
  const local = new Date(at.getTime() + shanghaiOffsetMs).toISOString().slice(0, -1);
  return `${local.endsWith('.000') ? local.slice(0, -4) : local}+08:00`;
}
