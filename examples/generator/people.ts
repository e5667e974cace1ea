const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** An ID number that is nobody's: area code 999 is never assigned. Check digit by ISO 7064 MOD 11-2 (GB 11643). */
export function exampleIdNumber(birthDate: string, areaTail: number, serial: number): string {
  const digits = (value: number) => String(value).padStart(3, '0');
  const body = `999${digits(areaTail)}${birthDate.replaceAll('-', '')}${digits(serial)}`;
  const sum = weights.reduce((total, weight, place) => total + weight * Number(body[place]), 0);
  return `${body}${'10X98765432'[sum % 11]}`;
}

/** A 19-digit card number that ends in its Luhn digit; issuer 621000 is made up. */
export function exampleCardNumber(account: number): string {
  const body = `621000${String(account).padStart(12, '0')}`;
  const sum = [...body].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

/** Every day from the first to the last, both included. */
export function daysBetween(first: string, last: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(`${first}T00:00:00Z`); at <= Date.parse(`${last}T00:00:00Z`); at += 86_400_000) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  return days;
}

/** EXAMPLE hospitals that an installation is seeded with. */
export const hospitals = {
  countyGeneral: { code: 'H45020600101', name: '柳江示例人民医院', grade: 2 },
  countyChinese: { code: 'H45020600102', name: '柳江示例中医医院', grade: 2 },
  township: { code: 'H45020600201', name: '拉堡示例卫生院', grade: 1 },
  cityFirst: { code: 'H45020300101', name: '柳州示例第一医院', grade: 3 },
  cityWomen: { code: 'H45020300102', name: '柳州示例妇幼保健院', grade: 3 },
  cityBone: { code: 'H45020300103', name: '鱼峰示例骨伤医院', grade: 2 },
  private: { code: 'H45020600901', name: '柳江示例民营医院', grade: 1 },
} as const;
export type HospitalName = keyof typeof hospitals;
