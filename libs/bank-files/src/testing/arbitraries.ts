import type { BankPayment } from '@banjie/contracts';
import fc from 'fast-check';
import type { TransferBatch } from '../transfer-batch';
import type { TransferResultToWrite } from '../transfer-results';

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength, maxLength });

/** Names as they occur: rare and four-byte characters, the middle dot, Latin letters, what XML and CSV must escape. */
export const payeeName = fc
  .tuple(
    fc.constantFrom('王', '欧阳', '覃', '韦', '𬭊', '㛃', 'Müller', '阿不都', "O'Neil", 'A&B<C>"D"'),
    fc.string({ unit: fc.constantFrom(...'某测试甲乙丙·㐂龘𠮷'), minLength: 1, maxLength: 12 }),
  )
  .map((parts) => parts.join(''));

export const fundAccounts = ['ZC450200', 'ZC450221', 'ZC450223'] as const;

const payment = (orderNo: string): fc.Arbitrary<BankPayment> =>
  fc.record({
    orderNo: fc.constant(orderNo),
    amountFen: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 999_999_999 })),
    fundAccount: fc.constantFrom(...fundAccounts),
    payeeName,
    payeeAccount: digits(8, 30),
    payeeBankCode: digits(12, 12),
  });

export const transferBatch: fc.Arbitrary<TransferBatch> = fc
  .tuple(
    fc.integer({ min: 1, max: 99 }),
    fc
      .uniqueArray(fc.integer({ min: 1, max: 99_999 }), { minLength: 1, maxLength: 12 })
      .chain((numbers) => fc.tuple(...numbers.map((n) => payment(`4502212511250${String(n).padStart(5, '0')}P1`)))),
  )
  .map(([part, payments]) => ({
    batchNo: 'PB20261125-01',
    part,
    createdAt: '2026-11-25T10:30:00+08:00',
    payOn: '2026-11-26',
    debtors: fundAccounts.map((fundAccount) => ({
      fundAccount,
      name: '测试医疗保险事业管理中心',
      bankCode: '102614000001',
    })),
    payments,
  }));

export const onePayment = (set: Partial<BankPayment> = {}): BankPayment => ({
  orderNo: '450221251125000017P1',
  amountFen: 864_020,
  fundAccount: 'ZC450221',
  payeeName: '测试收款人',
  payeeAccount: '6222020000000001',
  payeeBankCode: '102614000001',
  ...set,
});

export const oneBatch = (payments: BankPayment[] = [onePayment()]): TransferBatch => ({
  batchNo: 'PB20261125-01',
  part: 1,
  createdAt: '2026-11-25T10:30:00+08:00',
  payOn: '2026-11-26',
  debtors: [{ fundAccount: 'ZC450221', name: '测试医疗保险事业管理中心', bankCode: '102614000001' }],
  payments,
});

/** The bytes in pieces, as a stream gives them. */
export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
  }
}

/** A bank's word on a payment, with the words real banks give as reasons. */
export const transferResult = (orderNo: string): fc.Arbitrary<TransferResultToWrite> =>
  fc
    .record({
      orderNo: fc.constant(orderNo),
      amountFen: fc.integer({ min: 1, max: 999_999_999 }),
      payeeAccount: digits(8, 30),
      bankReference: digits(12, 20),
    })
    .chain((common) =>
      fc.oneof(
        fc.constant({ ...common, outcome: 'booked' as const, bookedAt: '2026-11-26T09:15:00.250+08:00' }),
        fc.constant({ ...common, outcome: 'pending' as const }),
        fc
          .constantFrom(
            '账户已销户',
            '户名不符',
            '收款账号不存在',
            '账户已冻结',
            '超过Ⅱ类户限额',
            '<其他>&原因, "见附言"',
          )
          .map((reason) => ({ ...common, outcome: 'refused' as const, reason })),
      ),
    );

export const transferResults = fc
  .uniqueArray(fc.integer({ min: 1, max: 99_999 }), { minLength: 1, maxLength: 12 })
  .chain((numbers) => fc.tuple(...numbers.map((n) => transferResult(`450221251125${String(n).padStart(6, '0')}P1`))));
