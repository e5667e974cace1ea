import fc from 'fast-check';
import validator from 'validator';
import { DomainError } from '../errors';
import { checkBankAccount, checkBankCard } from './bank-account';
import { type Checked, getChecked } from './checked';
import { checkCreditCode } from './credit-code';
import { checkIdNumber } from './id-number';
import { invoiceKey, normaliseInvoicePart } from './invoice-key';
import { checkPersonName } from './person-name';
import { checkPhone } from './phone';

const today = '2026-11-23';
const said = (checked: Checked): string => (checked.ok ? checked.value : checked.code);
const digits = (length: number) => fc.stringMatching(new RegExp(`^\\d{${length}}$`));

/** A made-up number with a right check digit, worked out by the definition: Σ aᵢ·2^(18−i) ≡ 1 (mod 11). */
function withCheckDigit(body: string): string {
  const fits = (last: number) =>
    [...body].reduce((sum, digit, place) => sum + Number(digit) * 2 ** (17 - place), last) % 11 === 1;
  const last = Array.from({ length: 11 }, (_, value) => value).find(fits) ?? 0;
  return body + (last === 10 ? 'X' : String(last));
}

describe('checkIdNumber', () => {
  const valid = withCheckDigit('45020019880229001');

  it.each([
    ['as printed', valid, valid],
    ['GB 11643 appendix example', '11010519491231002X', '11010519491231002X'],
    ['a lower-case x', '11010519491231002x', '11010519491231002X'],
    ['full-width digits and spaces', '１１０１０５ １９４９１２３１ ００２ｘ', '11010519491231002X'],
    ['an invisible character pasted along', `\u200B${valid}\uFEFF`, valid],
    ['the 15-digit form', '110105491231002', 'ID_NUMBER_FORM'],
    ['one digit too many', `${valid}0`, 'ID_NUMBER_FORM'],
    ['nothing', '', 'ID_NUMBER_FORM'],
    ['letters inside', '45020O198802290012', 'ID_NUMBER_FORM'],
    ['another check digit', '110105194912310021', 'ID_NUMBER_CHECK_DIGIT'],
    ['two digits swapped', '11010519941231002X', 'ID_NUMBER_CHECK_DIGIT'],
    ['no such province', withCheckDigit('16020019880229001'), 'ID_NUMBER_REGION'],
    ['30 February', withCheckDigit('45020019880230001'), 'ID_NUMBER_BIRTH_DATE'],
    ['29 February in a common year', withCheckDigit('45020019890229001'), 'ID_NUMBER_BIRTH_DATE'],
    ['month 13', withCheckDigit('45020019881301001'), 'ID_NUMBER_BIRTH_DATE'],
    ['born tomorrow', withCheckDigit('45020020261124001'), 'ID_NUMBER_BIRTH_DATE'],
    ['born today', withCheckDigit('45020020261123001'), withCheckDigit('45020020261123001')],
    ['born in the year 1000', withCheckDigit('45020010000101001'), 'ID_NUMBER_BIRTH_DATE'],
    ['residence permit of a Taiwan resident', withCheckDigit('83000019880101001'), withCheckDigit('83000019880101001')],
  ])('%s', (_, text, answer) => expect(said(checkIdNumber(text, today))).toBe(answer));

  it('agrees with validator on random numbers, right and broken', () => {
    const birth = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2020-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10).replaceAll('-', ''));
    const body = fc
      .tuple(fc.constantFrom('11', '45', '50', '81', '99', '26'), digits(4), fc.oneof(birth, digits(8)), digits(3))
      .map((parts) => parts.join(''));
    const number = fc.tuple(body, fc.boolean(), fc.constantFrom(...'0123456789X')).map(([text, right, last]) => {
      return right ? withCheckDigit(text) : text + last;
    });
    fc.assert(
      fc.property(number, (text) => {
        // validator knows 91 alone among the foreigners' cards, and any year from 1000 on.
        fc.pre(!text.startsWith('99') && text.slice(6, 10) >= '1850');
        return checkIdNumber(text, today).ok === validator.isIdentityCard(text, 'zh-CN');
      }),
      { numRuns: 5_000 },
    );
  });

  it('never puts the number into what it says', () => {
    const wrong = checkIdNumber('110105194912310021', today);
    expect(JSON.stringify(wrong)).not.toContain('1949');
    expect(() => getChecked(wrong, 'insuredPerson.idNumber')).toThrow(DomainError);
  });
});

describe('checkCreditCode', () => {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = fc
    .tuple(
      fc.constantFrom('91', '12', '92', 'N2'),
      digits(6),
      fc.array(fc.constantFrom(...alphabet), { minLength: 9, maxLength: 9 }),
    ) // prettier-ignore
    .map(([kind, region, rest]) => kind + region + rest.join(''));
  /** By the definition of GB 32100: Σ cᵢ·3^(i−1) ≡ 0 (mod 31), in exact integers. */
  const fits = (code: string) =>
    [...code].reduce(
      (sum, character, place) => sum + BigInt(alphabet.indexOf(character)) * (place === 17 ? 1n : 3n ** BigInt(place)),
      0n,
    ) %
      31n ===
    0n;

  it.each([
    ['the example of GB 32100', '91350100M000100Y43', '91350100M000100Y43'],
    ['lower case and full width', '９１３５０１００m000100y43', '91350100M000100Y43'],
    ['a wrong check character', '91350100M000100Y44', 'CREDIT_CODE_CHECK_DIGIT'],
    ['the letter O for a zero', '9135O100M000100Y43', 'CREDIT_CODE_FORM'],
    ['too short', '91350100M000100Y4', 'CREDIT_CODE_FORM'],
  ])('%s', (_, text, answer) => expect(said(checkCreditCode(text))).toBe(answer));

  it('accepts exactly the one check character of the definition', () => {
    fc.assert(
      fc.property(body, (text) => {
        const accepted = [...alphabet].filter((last) => checkCreditCode(text + last).ok);
        return accepted.length === 1 && fits(text + accepted[0]);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('checkBankCard and checkBankAccount', () => {
  it.each([
    ['6222 0200 0000 0000 008', 'warn'],
    ['4111 1111 1111 1111', 'ok'],
    ['４１１１-1111-1111-1111', 'ok'],
    ['4111111111111112', 'warn'],
    ['20100', 'warn'],
    ['not a number', 'warn'],
  ])('%s: %s', (text, answer) => expect(checkBankCard(text)).toBe(answer));

  it('agrees with validator on random digits', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^\d{12,19}$/),
        (text) => (checkBankCard(text) === 'ok') === validator.isLuhnNumber(text),
      ),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['6222 0200-1234 5678', '6222020012345678'],
    ['１２３４５６７８', '12345678'],
    ['1234567', 'BANK_ACCOUNT_FORM'],
    ['1234567a', 'BANK_ACCOUNT_FORM'],
    ['1'.repeat(31), 'BANK_ACCOUNT_FORM'],
  ])('account %s: %s', (text, answer) => expect(said(checkBankAccount(text))).toBe(answer));
});

describe('invoiceKey', () => {
  const written = invoiceKey('H45020000001', '045002400104', '00012345');

  it.each([
    ['spaces', 'H45020000001 ', '0450 0240 0104', '0001 2345'],
    ['hyphens of several kinds', 'H4502-0000001', '045002400104', '0001–23−45'],
    ['full width', 'Ｈ４５０２００００００１', '０４５００２４００１０４', '０００１２３４５'],
    ['lower case', 'h45020000001', '045002400104', '00012345'],
    ['invisible characters and line breaks', 'H45020000001', '045002400104\n', '\u200B000\u00AD12345'],
  ])('%s make no other invoice', (_, hospital, code, number) => {
    expect(invoiceKey(hospital, code, number)).toEqual(written);
  });

  it('keeps leading zeros, and tells no code from a code', () => {
    expect(invoiceKey('H45020000001', '045002400104', '12345')).not.toEqual(written);
    expect(invoiceKey('H1', null, '12345')).toEqual({ hospitalCode: 'H1', invoiceCode: '', invoiceNumber: '12345' });
  });

  it.each([
    ['', '1', '1', 'hospitalCode'],
    ['H1', '1', ' - ', 'invoiceNumber'],
    ['H1', '1'.repeat(41), '1', 'invoiceCode'],
  ])('refuses %j, %j, %j', (hospital, code, number, field) => {
    expect(() => invoiceKey(hospital, code, number)).toThrow(
      expect.objectContaining({ code: 'INVOICE_KEY_FORM', field }),
    );
  });

  it('normalising twice is normalising once, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = normaliseInvoicePart(text);
        return normaliseInvoicePart(once) === once;
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('checkPersonName', () => {
  it.each([
    [' 韦小 ', '韦小'],
    ['𠮷田', '𠮷田'],
    ['覃〇〇', '覃〇〇'],
    ['阿卜杜拉•买买提', '阿卜杜拉·买买提'],
    ["Anne-Marie  O'Neil", "Anne-Marie O'Neil"],
    ['e\u0301lise', 'élise'],
    ['ئالىم', 'ئالىم'],
    ['', 'PERSON_NAME_FORM'],
    ['·', 'PERSON_NAME_FORM'],
    ['韦'.repeat(51), 'PERSON_NAME_FORM'],
    ['韦😀', 'PERSON_NAME_CHARACTER'],
    ['韦❤️', 'PERSON_NAME_CHARACTER'],
    ['👨‍👩‍👧', 'PERSON_NAME_CHARACTER'],
    ['🇨🇳', 'PERSON_NAME_CHARACTER'],
    ['韦1', 'PERSON_NAME_CHARACTER'],
    ['韦\u0000小', 'PERSON_NAME_CHARACTER'],
    ['韦\n小', 'PERSON_NAME_CHARACTER'],
    ['韦\u202E小', 'PERSON_NAME_CHARACTER'],
    ['韦\u200B小', 'PERSON_NAME_CHARACTER'],
    ['韦\uE815', 'PERSON_NAME_CHARACTER'],
    ['韦\uD83D', 'PERSON_NAME_CHARACTER'],
    ['<b>韦</b>', 'PERSON_NAME_CHARACTER'],
  ])('%j: %j', (text, answer) => expect(said(checkPersonName(text))).toBe(answer));

  it('names the code point that it refuses', () => {
    expect(checkPersonName('韦😀')).toEqual({
      ok: false,
      code: 'PERSON_NAME_CHARACTER',
      facts: { codePoint: 'U+1F600' },
    });
  });

  it('is stable, and never lets a control character or a lone surrogate through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const first = checkPersonName(text);
        return !first.ok || (!/[\p{C}]/u.test(first.value) && said(checkPersonName(first.value)) === first.value);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('checkPhone', () => {
  it.each([
    ['138 0013 8000', '13800138000'],
    ['+86 138-0013-8000', '13800138000'],
    ['０１０-62345678', '010-62345678'],
    ['(0772)7212345', '0772-7212345'],
    ['0772-7212345-801', '0772-7212345-801'],
    ['12800138000', 'PHONE_FORM'],
    ['1380013800', 'PHONE_FORM'],
    ['7212345', 'PHONE_FORM'],
    ['+1 212 555 0100', 'PHONE_FORM'],
    ['', 'PHONE_FORM'],
  ])('%s: %s', (text, answer) => expect(said(checkPhone(text))).toBe(answer));

  it('takes no mobile number that validator refuses, and all that it takes from 13 to 19', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(\+86|0086|86)?1[0-9]\d{8,10}$/), (text) => {
        return checkPhone(text).ok === validator.isMobilePhone(text, 'zh-CN');
      }),
      { numRuns: 5_000 },
    );
  });
});
