import type { Checked } from './checked';

/**
 * A person's name as it is compared and printed: NFC, trimmed, one space inside, the several middle dots of minority and
 * foreign names folded to · (U+00B7). Letters of every script, rare four-byte characters included, with marks,
 * spaces, · - ' . and brackets; control and invisible characters, emoji, digits and the private zone are refused.
 */
export function checkPersonName(text: string): Checked {
  const value = text
    .normalize('NFC')
    .replace(/[‧•・･∙⋅●]/g, '·')
    .replace(/^[ \u3000]+|[ \u3000]+$/g, '')
    .replace(/[ \u3000]+/g, ' ');
  const stranger = /[^\p{L}\p{M}〇·\-'’.()() ]|[\uFE00-\uFE0F]/u.exec(value)?.[0];
  if (stranger !== undefined) {
    const codePoint = `U+${(stranger.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
    return { ok: false, code: 'PERSON_NAME_CHARACTER', facts: { codePoint } };
  }
  if (!/\p{L}|〇/u.test(value) || [...value].length > 50) return { ok: false, code: 'PERSON_NAME_FORM' };
  return { ok: true, value };
}
