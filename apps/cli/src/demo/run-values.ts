import { createHash } from 'node:crypto';
import type { ExampleClaim } from '@banjie/contracts';

const digest = (text: string) => createHash('sha256').update(text).digest();

/** A number from 0 to `count` − 1, the same for the same text. */
export function spread(text: string, count: number): number {
  return digest(text).readUInt32BE(0) % count;
}

/** A UUID (version 8, RFC 9562) made from a text: a repeated run sends the same `actionId` and finds what it did. */
export function uuidOf(text: string): string {
  const bytes = digest(text).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function digitsOf(text: string, count: number): string {
  return [...digest(text).subarray(0, count)].map((byte) => String(byte % 10)).join('');
}

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/** Area code 999 is never assigned; the date of birth stays, so that the age fits the papers. */
export function idNumberOf(run: string, example: string): string {
  const digits = digitsOf(`${run}/person/${example}`, 6);
  const body = `999${digits.slice(0, 3)}${example.slice(6, 14)}${digits.slice(3)}`;
  const sum = weights.reduce((total, weight, place) => total + weight * Number(body[place]), 0);
  return `${body}${'10X98765432'[sum % 11]}`;
}

/** A card number of the made-up issuer of the examples, with its Luhn digit. */
export function accountNumberOf(run: string, example: string): string {
  const body = `${example.slice(0, 6)}${digitsOf(`${run}/account/${example}`, 12)}`;
  const sum = [...body].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return `${body}${(10 - (sum % 10)) % 10}`;
}

export function documentNumberOf(run: string, example: string): string {
  return `${/^\D*/.exec(example)?.[0] ?? ''}${digitsOf(`${run}/document/${example}`, 16)}`;
}

/** What this run writes in place of each number of the package's applications. */
export function runValues(run: string, claim: ExampleClaim): Map<string, string> {
  const own = `${run}/${claim.name}`;
  return new Map([
    ...claim.persons.map(({ idNumber }) => [idNumber, idNumberOf(own, idNumber)] as const),
    ...claim.vary.documentNumbers.map((number) => [number, documentNumberOf(own, number)] as const),
    ...claim.vary.accountNumbers.map((number) => [number, accountNumberOf(own, number)] as const),
  ]);
}

/** The same value with every string that has a value of the run replaced; other strings stay as they are. */
export function replaced<Value>(value: Value, values: ReadonlyMap<string, string>): Value {
  if (typeof value === 'string') return (values.get(value) ?? value) as Value;
  if (Array.isArray(value)) return value.map((item: unknown) => replaced(item, values)) as Value;
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, replaced(item as unknown, values)]),
    ) as Value;
  }
  return value;
}
