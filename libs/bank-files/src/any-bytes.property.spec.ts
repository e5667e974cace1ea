import fc from 'fast-check';
import { readCamt053 } from './camt053';
import { writeCamt053 } from './camt053-writer';
import { readCsvPayments, writeCsvPayments } from './csv/csv-payments';
import { readCsvResults, writeCsvResults } from './csv/csv-results';
import { batchPaymentGb18030, batchPaymentUtf8 } from './csv/layouts';
import type { BankFileReport } from './file-report';
import { readPain001, writePain001 } from './pain001';
import { readPain002, writePain002 } from './pain002';
import { oneBatch, onePayment } from './testing/arbitraries';
import type { TransferResultToWrite } from './transfer-results';

// Whatever bytes come, a reader answers with a report that adds up: it never throws, and never counts a line twice or not at all.

const payments = ['A1', 'A2', 'A3'].map((orderNo, place) => onePayment({ orderNo, amountFen: 100 + place }));
const batch = oneBatch(payments);
const at = '2026-11-26T09:15:00+08:00';
const results = payments.map(({ orderNo, amountFen, payeeAccount }): TransferResultToWrite => ({
  orderNo,
  amountFen,
  payeeAccount,
  outcome: 'booked',
  bookedAt: at,
}));
const original = { messageId: 'PB20261125-01-1', count: 3, sumFen: 303 };
const statement = {
  ...{
    messageId: 'ST1',
    createdAt: at,
    statementId: 'ST1',
    sequenceNo: 1,
    from: at,
    to: at,
    fundAccount: 'ZC450221',
    openingFen: 9_999,
  },
  entries: payments.map((payment, place) => ({
    ...payment,
    entryNo: place + 1,
    kind: 'debit' as const,
    at,
    bankReference: `B${place}`,
  })),
};

const readers: [string, Buffer, (bytes: Uint8Array) => Promise<BankFileReport<unknown, unknown>>][] = [
  ['pain.001', writePain001(batch).bytes, readPain001],
  [
    'pain.002',
    writePain002({ messageId: 'S1', createdAt: at, original, debtors: [{ id: 'P1', results }] }).bytes,
    readPain002,
  ],
  ['camt.053', writeCamt053(statement).bytes, readCamt053],
  [
    'CSV payments',
    writeCsvPayments(batch, batchPaymentGb18030).bytes,
    (bytes) => readCsvPayments(bytes, batchPaymentGb18030),
  ],
  [
    'CSV results',
    writeCsvResults({ messageId: 'P1', fundAccount: 'ZC450221', results }, batchPaymentUtf8).bytes,
    (bytes) => readCsvResults(bytes, batchPaymentUtf8),
  ],
];

/** A file with a piece taken out, put in, doubled, or exchanged with another. */
const damaged = (file: Buffer): fc.Arbitrary<Buffer> =>
  fc
    .record({
      from: fc.nat(file.length),
      length: fc.nat(120),
      to: fc.nat(file.length),
      put: fc.oneof(
        fc.constant(undefined),
        fc.uint8Array({ maxLength: 8 }),
        fc.constantFrom('<', '"', '&', '\r\n', ',', '0', '</'),
      ),
    })
    .map(({ from, length, to, put }) => {
      const piece = put === undefined ? file.subarray(to, to + length) : Buffer.from(put);
      return Buffer.concat([file.subarray(0, from), piece, file.subarray(from + length)]);
    });

describe.each(readers)('%s', (_, file, read) => {
  const holds = async (bytes: Uint8Array) => {
    const { refused, lines, head, faults, file: facts } = await read(bytes);
    const lineFaults = faults.filter(({ line }) => line !== null);
    expect(facts.bytes).toBe(bytes.length);
    for (const { message, next } of faults)
      expect(message + next).not.toMatch(/未注明|undefined|\{|测试收款人|6222020000000001/);
    if (refused === null) {
      expect(faults.length).toBe(lineFaults.length);
      expect(lines.length + lineFaults.length).toBe(facts.count);
    } else {
      expect({ lines, head }).toEqual({ lines: [], head: null });
      expect(faults.filter(({ line, code }) => line === null && code === refused)).toHaveLength(1);
    }
  };

  it('answers for any bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), holds), { numRuns: 200 });
  });

  it('answers for a file of its own that was damaged', async () => {
    await holds(file);
    await fc.assert(fc.asyncProperty(damaged(file), holds), { numRuns: 400 });
  });
});
