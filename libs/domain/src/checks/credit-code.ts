import { type Checked, foldWidth } from './checked';

const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/**
 * 统一社会信用代码, GB 32100: 18 characters without I, O, S, V, Z; the last one is the check character, MOD 31 with
 * weights 3^i. Two digits for the registering authority and six for the region come before the nine of the body.
 */
export function checkCreditCode(text: string): Checked {
  const value = foldWidth(text);
  if (!/^[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}$/.test(value))
    return { ok: false, code: 'CREDIT_CODE_FORM' };
  let sum = 0;
  let weight = 1;
  for (const character of value.slice(0, 17)) {
    sum += alphabet.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  if (alphabet[(31 - (sum % 31)) % 31] !== value[17]) return { ok: false, code: 'CREDIT_CODE_CHECK_DIGIT' };
  return { ok: true, value };
}
