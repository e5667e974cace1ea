import fc from 'fast-check';
import { DomainError } from './errors';
import { chineseUpperAmount, fen, formatYuan, mulDiv, parseYuan, sumFen, type Fen } from './money';

const anyFen = fc.maxSafeInteger().map(fen);
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('fen', () => {
  it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e-7])('refuses %s, which is no whole number of 分', (amount) => {
    expect(codeOf(() => fen(amount))).toBe('AMOUNT_NOT_WHOLE_FEN');
  });

  it('refuses what a number can no longer hold exactly', () => {
    expect(codeOf(() => fen(2 ** 53))).toBe('AMOUNT_TOO_LARGE');
    expect(codeOf(() => sumFen([fen(Number.MAX_SAFE_INTEGER), fen(1)]))).toBe('AMOUNT_TOO_LARGE');
  });

  it('knows no negative zero', () => expect(Object.is(fen(-0), 0)).toBe(true));
});

describe('mulDiv', () => {
  it.each<[number, number, number, number, number]>([
    [1, 5000, 10_000, 1, 0],
    [3, 5000, 10_000, 2, 1],
    [-1, 5000, 10_000, -1, 0],
    [3_940_000, 7125, 10_000, 2_807_250, 2_807_250],
    [9_007_199_254_740_991, 9999, 10_000, 9_006_298_534_815_517, 9_006_298_534_815_516],
  ])('%d × %d ÷ %d is %d half up and %d cut', (amount, numerator, denominator, halfUp, down) => {
    expect(mulDiv(fen(amount), numerator, denominator, 'halfUp')).toBe(halfUp);
    expect(mulDiv(fen(amount), numerator, denominator, 'down')).toBe(down);
  });

  it('is never more than half a 分 from the exact ratio, over the whole range', () => {
    fc.assert(
      fc.property(anyFen, fc.integer({ min: 0, max: 10_000 }), (amount, ratioBp) => {
        const distance = BigInt(mulDiv(amount, ratioBp, 10_000, 'halfUp')) * 10_000n - BigInt(amount) * BigInt(ratioBp);
        return distance <= 5_000n && distance >= -5_000n;
      }),
      { numRuns: 5_000 },
    );
  });

  it('refuses a result that is too large, and a divisor that makes no sense', () => {
    expect(codeOf(() => mulDiv(fen(2 ** 52), 4, 1, 'down'))).toBe('AMOUNT_TOO_LARGE');
    expect(() => mulDiv(fen(1), 1, 0, 'down')).toThrow(RangeError);
    expect(() => mulDiv(fen(1), 0.5, 1, 'down')).toThrow(RangeError);
  });
});

describe('formatYuan and parseYuan', () => {
  it.each([
    [0, '0.00', '0.00'],
    [5, '0.05', '0.05'],
    [-5, '-0.05', '-0.05'],
    [864_020, '8640.20', '8,640.20'],
    [99_999, '999.99', '999.99'],
    [-123_456_789, '-1234567.89', '-1,234,567.89'],
    [Number.MAX_SAFE_INTEGER, '90071992547409.91', '90,071,992,547,409.91'],
  ])('%d 分 is %s, grouped %s', (amount, plain, grouped) => {
    expect(formatYuan(fen(amount))).toBe(plain);
    expect(formatYuan(fen(amount), { thousands: true })).toBe(grouped);
  });

  it('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(anyFen, fc.boolean(), (amount, thousands) => parseYuan(formatYuan(amount, { thousands })) === amount),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['12', 1200],
    ['8640.2', 864_020],
    ['1,234', 123_400],
    ['-0.00', 0],
  ])('reads %s as %d 分', (text, amount) => {
    expect(parseYuan(text)).toBe(amount);
  });

  it.each(
    [
      '',
      ' ',
      '1.234',
      '1,23.00',
      '12,34',
      ',123',
      '1234,567.00',
      '007',
      '.5',
      '5.',
      '1e3',
      '0x10',
      '¥5',
      '5 元',
      ' 5',
    ].concat(['5\n', '--5', '+5', 'NaN', '１.2', '1．2', '1 234']),
  )('refuses %j instead of guessing', (text) => {
    expect(codeOf(() => parseYuan(text))).toBe('AMOUNT_MALFORMED');
  });

  it('refuses an amount beyond exact numbers', () => {
    expect(codeOf(() => parseYuan('90071992547409.92'))).toBe('AMOUNT_TOO_LARGE');
    expect(codeOf(() => parseYuan('9'.repeat(400)))).toBe('AMOUNT_TOO_LARGE');
  });
});

describe('chineseUpperAmount', () => {
  it.each([
    // The first six are the printed examples of 支付结算办法 附一 (the 整 after 角, there left out, is allowed).
    ['1409.50', '人民币壹仟肆佰零玖元伍角整'],
    ['6007.14', '人民币陆仟零柒元壹角肆分'],
    ['1680.32', '人民币壹仟陆佰捌拾元零叁角贰分'],
    ['107000.53', '人民币壹拾万柒仟元零伍角叁分'],
    ['16409.02', '人民币壹万陆仟肆佰零玖元零贰分'],
    ['325.04', '人民币叁佰贰拾伍元零肆分'],
    ['0.00', '人民币零元整'],
    ['0.05', '人民币伍分'],
    ['0.50', '人民币伍角整'],
    ['0.12', '人民币壹角贰分'],
    ['10.00', '人民币壹拾元整'],
    ['10.05', '人民币壹拾元零伍分'],
    ['1000.00', '人民币壹仟元整'],
    ['1001.10', '人民币壹仟零壹元壹角整'],
    ['100000.00', '人民币壹拾万元整'],
    ['100001.00', '人民币壹拾万零壹元整'],
    ['1000000001.00', '人民币壹拾亿零壹元整'],
    ['120030000.00', '人民币壹亿贰仟零叁万元整'],
    ['100030000.00', '人民币壹亿零叁万元整'],
    ['90071992547409.91', '人民币玖拾万零柒佰壹拾玖亿玖仟贰佰伍拾肆万柒仟肆佰零玖元玖角壹分'],
    ['-1.00', '人民币负壹元整'],
  ])('%s is %s', (yuan, upper) => expect(chineseUpperAmount(parseYuan(yuan))).toBe(upper));

  it('can be read back to the same amount', () => {
    fc.assert(
      fc.property(fc.maxSafeNat().map(fen), (amount) => readUpper(chineseUpperAmount(amount)) === BigInt(amount)),
      { numRuns: 5_000 },
    );
  });

  it('never writes two zeros in a row nor a zero before a unit other than 元', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat().map(fen),
        (amount: Fen) => !/零零|零[拾佰仟万亿角分整]/.test(chineseUpperAmount(amount)),
      ),
    );
  });
});

/** Reads capital numerals left to right, by the place words alone: another road than the one that wrote them. */
function readUpper(text: string): bigint {
  let total = 0n;
  let section = 0n;
  let digit = 0n;
  let hundredMillions = 0n;
  for (const character of text.replace('人民币', '')) {
    const value = '零壹贰叁肆伍陆柒捌玖'.indexOf(character);
    if (value >= 0) digit = BigInt(value);
    else {
      const place = { 拾: 10n, 佰: 100n, 仟: 1000n }[character];
      if (place) section += digit * place;
      else if (character === '万') total += (section + digit) * 10_000n;
      else if (character === '亿') hundredMillions = (total + section + digit) * 100_000_000n;
      else if (character === '元') total = (hundredMillions + total + section + digit) * 100n;
      else if (character === '角') total += digit * 10n;
      else if (character === '分') total += digit;
      if (character === '亿') total = 0n;
      if ('万亿元'.includes(character)) section = 0n;
      digit = 0n;
    }
  }
  return total;
}
