/** One act as it stands in `case_act`; what the chain covers is everything but the hashes. */
export interface ActRow {
  caseNo: string;
  seq: number;
  actionId: string;
  act: string;
  actorId: string;
  stageFrom: string;
  stageTo: string;
  round: number;
  duty: string | null;
  facts: Record<string, unknown>;
  /** ISO with milliseconds, UTC. */
  at: string;
}

/** JSON with sorted keys: jsonb forgets the order in which keys were written. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value as Record<string, unknown>).filter(([, v]) => v !== undefined);
    const sorted = entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${sorted.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

/** The text each link signs: `hash(n) = HMAC(auditKey, hash(n-1) ‖ chainText(row n))`. */
export function chainText(row: ActRow): string {
  return canonical([
    row.caseNo,
    row.seq,
    row.actionId,
    row.act,
    row.actorId,
    row.stageFrom,
    row.stageTo,
    row.round,
    row.duty,
    row.facts,
    row.at,
  ]);
}

/** What a case's first link stands on. */
export const chainRoot = Buffer.alloc(32);
