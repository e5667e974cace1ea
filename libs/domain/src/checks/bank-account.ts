import { type Checked, foldWidth } from './checked';

/** A payee's account number as the bank takes it: 8–30 digits, written with or without spaces, hyphens and full width. */
export function checkBankAccount(text: string): Checked {
  const value = foldWidth(text).replace(/\p{Pd}/gu, '');
  return /^\d{8,30}$/.test(value) ? { ok: true, value } : { ok: false, code: 'BANK_ACCOUNT_FORM' };
}

/** The code of the payee's bank (行号, or the code the paying bank keeps for it): 4–20 letters and digits. */
export function checkBankCode(text: string): Checked {
  const value = foldWidth(text);
  return /^[0-9A-Z]{4,20}$/.test(value) ? { ok: true, value } : { ok: false, code: 'BANK_CODE_FORM' };
}

/**
 * Card number by ISO/IEC 7812-1 (Luhn, 12–19 digits). It only warns: passbook and company accounts carry no such digit,
 * and the bank has the last word on an account.
 */
export function checkBankCard(text: string): 'ok' | 'warn' {
  const account = checkBankAccount(text);
  if (!account.ok || account.value.length < 12 || account.value.length > 19) return 'warn';
  let sum = 0;
  [...account.value].reverse().forEach((character, place) => {
    const digit = Number(character) * (place % 2 === 0 ? 1 : 2);
    sum += digit > 9 ? digit - 9 : digit;
  });
  return sum % 10 === 0 ? 'ok' : 'warn';
}
