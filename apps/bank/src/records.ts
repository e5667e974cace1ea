import type { BankFault, BankPayment } from '@banjie/contracts';

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
  | { type: 'faultSet'; faultId: string; fault: BankFault }
  | { type: 'faultMet'; faultId: string }
  | { type: 'faultsCleared'; faultId?: string };

/** `n` counts from 1 without gaps over the whole journal; `at` is an ISO instant. */
export type BankRecord = BankEvent & { n: number; at: string };
