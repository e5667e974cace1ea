import type { ColumnCipher } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import type { ExchangeDependencies } from '../file-exchange/exchange';
import type { PayoutActivities } from '../payout.activities';

/** Where death between two sub-steps differs in what it leaves behind; tests fail here. */
export type BatchStep = 'carried' | 'committed' | 'settled';

export interface BatchDependencies {
  dataSource: DataSource;
  cipher: ColumnCipher;
  /** The single order's way to the bank, with its write-ahead rows. */
  payouts: PayoutActivities;
  /** The way of files to the same bank. */
  exchange: ExchangeDependencies;
  now?: () => Date;
  /** Cases of one transaction: a crash repeats no more than this, and nobody waits longer for a row. */
  casesAtOnce?: number;
  /** Calls at the bank at a time. */
  callsAtOnce?: number;
  onStep?: (step: BatchStep) => void | Promise<void>;
}
