import type { InsuredPersonEntry } from '../registry';

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/**
 * A well-formed ID number that is nobody's: area code 999 is never assigned (dependencies § 2).
 * @param birthDate 'YYYY-MM-DD' @param serial 0–999; odd is male
 */
export function demoIdNumber(birthDate: string, serial: number, areaTail = 206): string {
  const body = `999${String(areaTail).padStart(3, '0')}${birthDate.replaceAll('-', '')}${String(serial).padStart(3, '0')}`;
  const sum = weights.reduce((total, weight, place) => total + weight * Number(body[place]), 0);
  return body + '10X98765432'[sum % 11];
}

const person = (
  name: string,
  scheme: 'employee' | 'resident',
  birthDate: string,
  serial: number,
  entitledFrom = '2020-01-01',
  entitledTo: string | null = null,
): InsuredPersonEntry => ({
  idNumber: demoIdNumber(birthDate, serial),
  name,
  scheme,
  regionCode: '450200',
  entitledFrom,
  entitledTo,
});

/** Insured persons of the demo, by neutral names; the last one's entitlement has ended. */
export const demoInsuredPersons: readonly InsuredPersonEntry[] = [
  person('参保甲', 'employee', '1965-03-12', 11),
  person('参保乙', 'resident', '1978-11-05', 22),
  person('参保丙', 'resident', '1990-07-23', 33),
  person('参保丁', 'employee', '1983-01-30', 44),
  person('参保戊', 'resident', '2015-09-09', 55),
  person('参保己', 'resident', '1950-05-01', 66, '2020-01-01', '2024-12-31'),
];
