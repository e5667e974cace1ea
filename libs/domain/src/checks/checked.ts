import { DomainError, type ErrorCode } from '../errors';

/**
 * What a check says: the normalised value, or the code of what is wrong. A check does not throw, because 受理 lists
 * every gap at once. Facts never hold the checked value: it may be personal.
 */
export type Checked = { ok: true; value: string } | { ok: false; code: ErrorCode; facts?: Record<string, unknown> };

/** The value, or the fault as an error of `field`, for callers that stop at the first one. */
export function getChecked(checked: Checked, field?: string): string {
  if (!checked.ok) throw new DomainError(checked.code, checked.facts ?? {}, field);
  return checked.value;
}

/** Full-width characters to half-width, upper case, and neither spaces nor invisible characters. */
export function foldWidth(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .normalize('NFKC')
    .replace(/[\p{Z}\p{Cc}\p{Cf}]/gu, '');
}
