import { type Checked, foldWidth } from './checked';

/**
 * A telephone number in the mainland: mobile (11 digits from 13 to 19, with or without +86/0086) or fixed line with area code
 * (0…, 7–8 digits, extension of up to 6 after a hyphen). Answers `13800138000` or `0772-7212345`, `0772-7212345-801`.
 */
export function checkPhone(text: string): Checked {
  const value = foldWidth(text).replace(/\p{Pd}/gu, '-');
  const mobile = /^(?:(?:\+|00)86)?(1[3-9]\d{9})$/.exec(value.replaceAll('-', ''))?.[1];
  if (mobile) return { ok: true, value: mobile };
  const fixed = /^\(?(010|02\d|0[3-9]\d{2})\)?-?([2-9]\d{6,7})(?:-(\d{1,6}))?$/.exec(value);
  if (!fixed) return { ok: false, code: 'PHONE_FORM' };
  return { ok: true, value: [fixed[1], fixed[2], fixed[3]].filter(Boolean).join('-') };
}
