import type { BankFault, BankFileAnswer, BankPayment, BankReceipt } from '@banjie/contracts';

/** What the bank writes down; everything it knows is these records, applied in order. */
export type BankEvent =
  | { type: 'accountOpened'; fundAccount: string; balanceFen: number }
  | {
      type: 'booked';
      payment: BankPayment;
      bankReference: string;
      entryNo: number;
      /** A return that is already decided and becomes an entry when it is due. */
      comesBack?: { dueAt: string; reason: string };
    }
  | { type: 'refused'; payment: BankPayment; bankReference: string; reason: string }
  | { type: 'accepted'; payment: BankPayment; bankReference: string; bookAt: string }
  | { type: 'returned'; orderNo: string; entryNo: number; reason: string }
  | { type: 'moneyReceived'; receipt: BankReceipt; bankReference: string; entryNo: number }
  | { type: 'fileReceived'; file: ReceivedFile }
  /** `to` where the period ended before it was closed: at a midnight. */
  | { type: 'statementClosed'; fundAccount: string; sequenceNo: number; lastEntryNo: number; to?: string }
  | { type: 'faultSet'; faultId: string; fault: BankFault }
  | { type: 'faultMet'; faultId: string }
  | { type: 'faultsCleared'; faultId?: string };

/** A payment file that was taken. Its payments are decided one by one after this record, also after a kill in between. */
export interface ReceivedFile {
  /** SHA-256 of the bytes. */
  fileId: string;
  form: 'pain.001' | 'csvGb18030' | 'csvUtf8';
  messageId: string;
  count: number;
  sumFen: number;
  faults: BankFileAnswer['faults'];
  /** The payment informations of a pain.001; a CSV has one. */
  debtors: { id: string; fundAccount: string }[];
  payments: BankPayment[];
}

/** `n` counts from 1 without gaps over the whole journal; `at` is an ISO instant. */
export type BankRecord = BankEvent & { n: number; at: string };
