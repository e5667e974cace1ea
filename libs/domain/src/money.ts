import { DomainError } from './errors';

/** Money: a whole number of 分 inside the safe-integer range. Made by `fen()` only; negative values are differences. */
export type Fen = number & { readonly __unit: 'fen' };

/** Named rounding: `halfUp` is half away from zero (R-AM-03), `down` cuts towards zero. */
export type Rounding = 'halfUp' | 'down';

/**
 * Marks a number as 分 after checking it.
 * @throws DomainError AMOUNT_NOT_WHOLE_FEN for fractions and NaN, AMOUNT_TOO_LARGE beyond ±2^53−1
 */
export function fen(amount: number): Fen {
  if (!Number.isInteger(amount)) throw new DomainError('AMOUNT_NOT_WHOLE_FEN');
  if (!Number.isSafeInteger(amount)) throw new DomainError('AMOUNT_TOO_LARGE');
  return (amount === 0 ? 0 : amount) as Fen; // −0 would print as "-0" in some places and as "0" in others
}

/** Sum of amounts, checked after every step: two safe summands cannot lose a 分 before the check sees them. */
export function sumFen(amounts: Iterable<Fen>): Fen {
  let total = 0;
  for (const amount of amounts) total = fen(total + amount);
  return fen(total);
}

/**
 * amount × numerator ÷ denominator with one named rounding; exact, because the product is never a float.
 * @param numerator whole number, for a ratio in basis points with denominator 10000
 * @throws DomainError AMOUNT_TOO_LARGE; RangeError when numerator or denominator are not whole or the latter is not positive
 */
export function mulDiv(amountFen: Fen, numerator: number, denominator: number, rounding: Rounding): Fen {
  if (!Number.isSafeInteger(numerator) || !Number.isSafeInteger(denominator) || denominator <= 0) {
    throw new RangeError('mulDiv needs whole numbers and a positive denominator');
  }
  const product = BigInt(fen(amountFen)) * BigInt(numerator);
  const divisor = BigInt(denominator);
  const magnitude = product < 0n ? -product : product;
  const quotient = rounding === 'halfUp' ? (magnitude * 2n + divisor) / (divisor * 2n) : magnitude / divisor;
  return fen(Number(product < 0n ? -quotient : quotient));
}

/** `123456` → `1234.56`; with `thousands` → `1,234.56`. Always two decimals. */
export function formatYuan(amountFen: Fen, options: { thousands?: boolean } = {}): string {
  const digits = String(Math.abs(fen(amountFen))).padStart(3, '0');
  const yuan = digits.slice(0, -2);
  const grouped = options.thousands ? yuan.replace(/\B(?=(\d{3})+$)/g, ',') : yuan;
  return `${amountFen < 0 ? '-' : ''}${grouped}.${digits.slice(-2)}`;
}

/**
 * Reads yuan as people write them: `8640.2`, `8640.20`, `8,640.20`, `-12`. Nothing is guessed: spaces, currency signs,
 * full-width digits, a third decimal, misplaced commas and leading zeros are refused.
 * @throws DomainError AMOUNT_MALFORMED, AMOUNT_TOO_LARGE
 */
export function parseYuan(text: string): Fen {
  const match = /^(-?)(0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d{1,2}))?$/.exec(text);
  if (!match) throw new DomainError('AMOUNT_MALFORMED', { value: text.slice(0, 30) });
  const [, sign, yuan = '', cents = ''] = match;
  const magnitude = BigInt(yuan.replaceAll(',', '') + cents.padEnd(2, '0'));
  if (magnitude > BigInt(Number.MAX_SAFE_INTEGER)) throw new DomainError('AMOUNT_TOO_LARGE');
  return fen(Number(magnitude) * (sign === '-' ? -1 : 1));
}

const upperDigits = '零壹贰叁肆伍陆柒捌玖';
const upperPlaces = ['', '拾', '佰', '仟'];

/** 1…9999 in capital numerals; zeros between digits become one 零. */
function upperGroup(group: number): string {
  let text = '';
  for (let place = 3; place >= 0; place -= 1) {
    const digit = Math.floor(group / 10 ** place) % 10;
    if (digit > 0) text += upperDigits.charAt(digit) + upperPlaces[place];
    else if (text !== '' && group % 10 ** place > 0 && !text.endsWith('零')) text += '零';
  }
  return text;
}

/** Whole yuan in capital numerals, without 元. 亿 is counted in groups of its own, so that 玖拾万亿 reads right. */
function upperYuan(yuan: number): string {
  for (const [unit, name] of [
    [100_000_000, '亿'],
    [10_000, '万'],
  ] as const) {
    if (yuan < unit) continue;
    const rest = yuan % unit;
    const link = rest > 0 && rest < unit / 10 ? '零' : '';
    return upperYuan(Math.floor(yuan / unit)) + name + link + (rest > 0 ? upperYuan(rest) : '');
  }
  return upperGroup(yuan);
}

/**
 * 大写金额 as on payment papers: `人民币壹仟陆佰捌拾元零叁角贰分`, `人民币壹仟元整`.
 * 支付结算办法 附一《正确填写票据和结算凭证的基本规定》: one 零 for zeros in between, 整 after 元 (and, as allowed, after 角), none after 分.
 */
export function chineseUpperAmount(amountFen: Fen): string {
  const magnitude = Math.abs(fen(amountFen));
  const yuan = Math.floor(magnitude / 100);
  const jiao = Math.floor(magnitude / 10) % 10;
  const cent = magnitude % 10;
  let text = amountFen < 0 ? '人民币负' : '人民币';
  if (yuan > 0) text += `${upperYuan(yuan)}元`;
  if (magnitude === 0) text += '零元';
  if (jiao === 0 && cent === 0) return `${text}整`;
  // A zero 元 or a missing 角 in front of a smaller digit is written out, so that nothing can be slipped in.
  if (yuan > 0 && (jiao === 0 || yuan % 10 === 0)) text += '零';
  if (jiao > 0) text += `${upperDigits.charAt(jiao)}角`;
  return cent > 0 ? `${text}${upperDigits.charAt(cent)}分` : `${text}整`;
}
