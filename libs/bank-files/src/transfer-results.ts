import { bankReasonOf, type BankReason, type Fen } from '@banjie/domain';

/** What the bank says of one payment, from whichever file it comes. `pending`: ask again, never send anew. */
export interface TransferResult {
  orderNo: string;
  outcome: 'booked' | 'refused' | 'pending';
  amountFen: Fen;
  /** To be held against the order, with the amount, before anything is posted; null when the file does not say it. */
  payeeAccount: string | null;
  bankReference: string | null;
  /** ISO instant with offset, or a date where the file has no more; null unless booked. */
  bookedAt: string | null;
  /** Set when refused. The bank's own words, which may name persons and accounts, end here. */
  reason: BankReason | null;
}

/** The same as a bank writes it (apps/bank): its own words instead of our code for them. */
export interface TransferResultToWrite {
  orderNo: string;
  outcome: TransferResult['outcome'];
  amountFen: number;
  payeeAccount: string;
  bankReference?: string;
  bookedAt?: string | null;
  reason?: string;
}

/** Reason codes of ISO 20022 (ExternalStatusReason1Code, ExternalReturnReason1Code) that have a word of ours. */
const reasonsByCode: Readonly<Record<string, BankReason>> = {
  AC01: 'accountMissing',
  AC03: 'accountMissing',
  AC04: 'accountClosed',
  AC07: 'accountClosed',
  AC06: 'accountFrozen',
  AC14: 'accountLimited',
  AG01: 'accountLimited',
  AM02: 'accountLimited',
  AM14: 'accountLimited',
  BE01: 'nameDiffers',
};

const codes: Readonly<Record<BankReason, string>> = {
  accountMissing: 'AC03',
  accountClosed: 'AC07',
  accountFrozen: 'AC06',
  accountLimited: 'AC14',
  nameDiffers: 'BE01',
  unsendable: 'NARR',
  other: 'NARR',
};

/** The word for a reason given as code, in the bank's words, or both; the code has precedence. */
export function reasonOf(code: string | undefined, words: string | undefined): BankReason {
  return (Object.hasOwn(reasonsByCode, code ?? '') ? reasonsByCode[code ?? ''] : undefined) ?? bankReasonOf(words);
}

/** The code of ISO 20022 for a bank's words; NARR where only the words say it. */
export function reasonCodeOf(words: string): string {
  return codes[bankReasonOf(words)];
}

/** A moment as messages write it, with the offset of Beijing where none is given; undefined when it is none. */
export function instantOf(text: string | undefined): string | undefined {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})?$/.exec(text ?? '');
  const instant = match?.[1] === undefined ? undefined : match[1] + (match[2] ?? '+08:00');
  return instant === undefined || Number.isNaN(Date.parse(instant)) ? undefined : instant;
}

/** A day that exists, as `2026-11-25`; undefined otherwise. */
export function dayOf(text: string | undefined): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text ?? '')) return undefined;
  const time = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? undefined : text;
}
