import { batchPaymentGb18030, batchPaymentUtf8, type CsvLayout } from '@banjie/bank-files';
import type { BankFileLayout, ColumnCipher } from '@banjie/persistence';
import type { DataSource } from 'typeorm';
import { bankTimeoutMs, type BankFileClient } from '../bank-client';

/** Where death between two sub-steps differs in what it leaves behind; tests fail here. */
export type ExchangeStep =
  | 'entered'
  | 'written'
  | 'committed'
  | 'uploading'
  | 'answered'
  | 'recorded'
  | 'fetched'
  | 'kept'
  | 'chunk'
  | 'finished';

export interface ExchangeDependencies {
  dataSource: DataSource;
  cipher: ColumnCipher;
  bank: BankFileClient;
  now?: () => Date;
  /** How a payment file is written; what the bank was agreed with. */
  layout?: PaymentLayout;
  /** BANK_FINALITY_SECONDS: how long after an upload the bank may still take what it says it has not received. */
  finalitySeconds?: number;
  /** Longest time one call to the bank may take (the client's own limit). */
  callTimeoutMs?: number;
  /** Calls a person: order and batch numbers and a code, no personal data. */
  alarm?: (code: string, facts: Record<string, unknown>) => void;
  onStep?: (step: ExchangeStep) => void | Promise<void>;
}

/** As for a single order: what was written ahead longer ago was judged in another time. */
export const longestPauseBeforeCallMs = 10_000;

export type PaymentLayout = Extract<BankFileLayout, 'pain001' | 'csvGb18030' | 'csvUtf8'>;

export const csvLayouts: Readonly<Record<Exclude<PaymentLayout, 'pain001'>, CsvLayout>> = {
  csvGb18030: batchPaymentGb18030,
  csvUtf8: batchPaymentUtf8,
};

export function settled({
  now,
  alarm,
  onStep,
  finalitySeconds = 120,
  ...dependencies
}: Omit<ExchangeDependencies, 'bank'>) {
  return {
    layout: dependencies.layout ?? 'pain001',
    callTimeoutMs: dependencies.callTimeoutMs ?? bankTimeoutMs,
    finalityMs: finalitySeconds * 1_000,
    now: now ?? (() => new Date()),
    alarm:
      alarm ??
      ((code: string, facts: Record<string, unknown>) =>
        console.error(JSON.stringify({ level: 'alarm', code, ...facts }))),
    step: async (step: ExchangeStep) => {
      await onStep?.(step);
    },
  };
}
