import { type Checked, foldWidth } from './checked';

// GB/T 2260 first two digits, with 83 (residence permit of Taiwan residents); 9… are permanent residence cards of foreigners.
const provinces = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
);
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/**
 * 公民身份号码, GB 11643: 18 characters, region, a real date of birth not after `today`, ISO 7064 MOD 11-2 check digit.
 * Full-width digits, spaces and a lower-case x are normalised. The 15-digit form ended on 2013-01-01 and is not accepted.
 * @param today 'YYYY-MM-DD' in Asia/Shanghai
 */
export function checkIdNumber(text: string, today: string): Checked {
  const value = foldWidth(text);
  const match = /^[1-9]\d{5}(\d{4})(\d{2})(\d{2})\d{3}[\dX]$/.exec(value);
  if (!match) return { ok: false, code: 'ID_NUMBER_FORM' };
  if (!provinces.has(value.slice(0, 2)) && !value.startsWith('9')) return { ok: false, code: 'ID_NUMBER_REGION' };
  const birthDate = `${match[1]}-${match[2]}-${match[3]}`;
  if (!isRealDate(birthDate) || birthDate < '1850-01-01' || birthDate > today) {
    return { ok: false, code: 'ID_NUMBER_BIRTH_DATE' };
  }
  const sum = weights.reduce((total, weight, place) => total + weight * Number(value[place]), 0);
  if ('10X98765432'[sum % 11] !== value[17]) return { ok: false, code: 'ID_NUMBER_CHECK_DIGIT' };
  return { ok: true, value };
}

function isRealDate(date: string): boolean {
  const instant = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(date);
}
