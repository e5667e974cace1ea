import { demoIdNumber } from '@banjie/persistence';
import type { ClaimToFile } from '../act/file-claim';

/** What tells one claim from another of the same lines. */
export type Claimant = Omit<ClaimToFile, 'linesFen' | 'at'>;

const letters = [...'甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥'];
const banks = ['102100099996', '103100000026', '104100000004', '105100000017', '403100000004'] as const;

/**
 * The claimant of a number below 200 000, the same every time: nobody's name, nobody's ID number, and an account that no other has, so that
 * money that went to a neighbour is seen.
 */
export function claimant(n: number): Claimant {
  const born = `19${40 + (n % 55)}-${twoDigits(1 + (n % 12))}-${twoDigits(1 + (n % 28))}`;
  return {
    person: {
      idNumber: demoIdNumber(born, n % 1_000, 700 + Math.floor(n / 1_000)),
      name: `参保${[0, 1, 2, 3].map((place) => letters[Math.floor(n / letters.length ** place) % letters.length]).join('')}`,
      scheme: 'employee',
      regionCode: '450200',
      entitledFrom: '2020-01-01',
    },
    accountNumber: cardNumber(n),
    bankCode: banks[n % banks.length]!,
    // No day of a month begins with a 7: a case number cannot hold this one.
    number: String(70_000_000 + n),
  };
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** Nineteen digits with the check digit of ISO/IEC 7812-1; neighbours differ in most of them. */
function cardNumber(n: number): string {
  const body = `622202${String((n * 7_919_317 + 104_729) % 10 ** 12).padStart(12, '0')}`;
  const sum = [...body].reverse().reduce((total, character, place) => {
    const digit = Number(character) * (place % 2 === 0 ? 2 : 1);
    return total + (digit > 9 ? digit - 9 : digit);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}
