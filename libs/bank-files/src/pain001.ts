import { bankPaymentSchema, type BankPayment } from '@banjie/contracts';
import { DomainError, fen, sumFen, type Fen } from '@banjie/domain';
import { amountText } from './amounts';
import { sha256Of, type BankFileSource, type WrittenFile } from './file-bytes';
import {
  checkTotals,
  countOf,
  defaultReadLimits,
  readReport,
  type BankFileReport,
  type ReadLimits,
  type Reading,
} from './file-report';
import {
  groupByDebtor,
  messageIdOf,
  namesOfUnwritable,
  textObstacle,
  unwritable,
  type DebtorPayments,
  type TransferBatch,
} from './transfer-batch';
import { parseMessage, type XmlElement } from './xml/xml-reader';
import { writeMessage, type XmlPiece } from './xml/xml-writer';

/*
 * pain.001.001.09, CustomerCreditTransferInitiationV09. Order of elements, as the schema has it:
 *   GrpHdr: MsgId CreDtTm NbOfTxs CtrlSum InitgPty(Nm)
 *   PmtInf, one per fund account: PmtInfId PmtMtd BtchBookg NbOfTxs CtrlSum ReqdExctnDt(Dt) Dbtr(Nm) DbtrAcct(Id/Othr/Id Ccy)
 *     DbtrAgt(FinInstnId/ClrSysMmbId(ClrSysId/Cd MmbId)) CdtTrfTxInf
 *   CdtTrfTxInf: PmtId(EndToEndId) Amt(InstdAmt@Ccy) CdtrAgt Cdtr(Nm) CdtrAcct(Id/Othr/Id)
 * EndToEndId is the order number and never anything else (architecture § 5). BtchBookg is false: each payment becomes an
 * entry of its own in the statement.
 */
const version = 'pain.001.001.09';

/**
 * Writes the payments of one file.
 * @throws DomainError BANK_BATCH_UNWRITABLE; PAYOUT_UNWRITABLE naming the order whose name, account, bank code or number
 *   the message cannot carry
 */
export function writePain001(batch: TransferBatch): WrittenFile {
  const groups = groupByDebtor(batch);
  const messageId = messageIdOf(batch);
  const longestId = `${messageId}-${groups.length}`;
  if (!/^[0-9A-Za-z][0-9A-Za-z._-]*$/.test(messageId) || longestId.length > 35) {
    throw new DomainError('BANK_BATCH_UNWRITABLE', { reason: '批次号须为字母或数字,连同分包序号不超过 35 位' });
  }
  const initiator = groups[0]?.name ?? '';
  for (const { name } of groups) {
    if (name === '' || [...name].length > 140 || textObstacle(name)) {
      throw new DomainError('BANK_BATCH_UNWRITABLE', { reason: '付款户名为空、超过 140 个字或含有控制字符' });
    }
  }
  const count = batch.payments.length;
  const total = sumFen(groups.map((group) => group.sumFen));
  const bytes = writeMessage(version, [
    'CstmrCdtTrfInitn',
    [
      [
        'GrpHdr',
        [
          ['MsgId', messageId],
          ['CreDtTm', batch.createdAt],
          ['NbOfTxs', String(count)],
          ['CtrlSum', amountText(total)],
          ['InitgPty', [['Nm', initiator]]],
        ],
      ],
      ...groups.map((group, place) => paymentInformation(group, `${messageId}-${place + 1}`, batch.payOn)),
    ],
  ]);
  return { bytes, sha256: sha256Of(bytes), messageId, count, sumFen: total };
}

/** The orders whose payments `writePain001` would refuse. */
export function unwritableInPain001(payments: readonly BankPayment[]): Set<string> {
  return namesOfUnwritable(payments, creditTransfer);
}

function paymentInformation(group: DebtorPayments, id: string, payOn: string): XmlPiece {
  return [
    'PmtInf',
    [
      ['PmtInfId', id],
      ['PmtMtd', 'TRF'],
      ['BtchBookg', 'false'],
      ['NbOfTxs', String(group.payments.length)],
      ['CtrlSum', amountText(group.sumFen)],
      ['ReqdExctnDt', [['Dt', payOn]]],
      ['Dbtr', [['Nm', group.name]]],
      ['DbtrAcct', [accountId(group.fundAccount), ['Ccy', 'CNY']]],
      ['DbtrAgt', [institution(group.bankCode)]],
      ...group.payments.map(creditTransfer),
    ],
  ];
}

function creditTransfer(payment: BankPayment): XmlPiece {
  const { orderNo, amountFen, payeeName, payeeAccount, payeeBankCode } = payment;
  const atMost = (field: string, text: string, longest: number) => {
    if ([...text].length > longest) throw unwritable(orderNo, field, `超过 ${longest} 个字`);
    return text;
  };
  const obstacle = textObstacle(payeeName);
  if (obstacle) throw unwritable(orderNo, '收款户名', obstacle);
  const wrong = bankPaymentSchema.safeParse(payment).error?.issues[0]?.path[0];
  if (wrong !== undefined) throw unwritable(orderNo, fieldLabels[String(wrong)] ?? '收款信息', '格式不符');
  return [
    'CdtTrfTxInf',
    [
      ['PmtId', [['EndToEndId', atMost('单号', orderNo, 35)]]],
      ['Amt', [['InstdAmt', amountText(fen(amountFen)), { Ccy: 'CNY' }]]],
      ['CdtrAgt', [institution(atMost('开户银行代码', payeeBankCode, 35))]],
      ['Cdtr', [['Nm', atMost('收款户名', payeeName, 140)]]],
      ['CdtrAcct', [accountId(atMost('收款账号', payeeAccount, 34))]],
    ],
  ];
}

const fieldLabels: Record<string, string> = {
  amountFen: '金额',
  fundAccount: '付款账号',
  payeeName: '收款户名',
  payeeAccount: '收款账号',
  payeeBankCode: '开户银行代码',
};

/** 行号 of 大额支付系统 (CNAPS), as ISO 20022 names that system. */
const institution = (code: string): XmlPiece => [
  'FinInstnId',
  [
    [
      'ClrSysMmbId',
      [
        ['ClrSysId', [['Cd', 'CNAPS']]],
        ['MmbId', code],
      ],
    ],
  ],
];
const accountId = (account: string): XmlPiece => ['Id', [['Othr', [['Id', account]]]]];

/** What the head of a pain.001 says. */
export interface Pain001Head {
  createdAt: string;
  /** `id` is the PmtInfId that an answer names. */
  debtors: {
    id: string;
    fundAccount: string;
    name: string;
    bankCode: string;
    payOn: string;
    count: number;
    sumFen: Fen;
  }[];
}

/** Reads a pain.001 as a bank does: lines are the payments asked for. Faults: `BankFileReport`. */
export function readPain001(
  source: BankFileSource,
  limits: Partial<ReadLimits> = {},
): Promise<BankFileReport<BankPayment, Pain001Head>> {
  const allLimits = { ...defaultReadLimits, ...limits };
  return readReport<BankPayment, Pain001Head>('pain.001', source, allLimits, (bytes, reading) => {
    const expected = { label: '付款报文 pain.001', versions: [version], element: 'CstmrCdtTrfInitn' };
    const { message, hasBom } = parseMessage(bytes, expected, allLimits);
    reading.encoding = hasBom ? 'utf-8-bom' : 'utf-8';
    const header = message.get('GrpHdr');
    reading.messageId = header.getText('MsgId');
    const debtors = message.all('PmtInf').map((information, place) => readInformation(information, place + 1, reading));
    const stated = { count: header.getText('NbOfTxs'), sum: header.getText('CtrlSum') };
    checkTotals('全部付款', stated, countOf(reading.seen.map(({ amountFen }) => amountFen)));
    return { createdAt: header.getText('CreDtTm'), debtors };
  });
}

function readInformation(
  information: XmlElement,
  place: number,
  reading: Reading<BankPayment>,
): Pain001Head['debtors'][number] {
  const from = reading.seen.length;
  const fundAccount = information.getText('DbtrAcct/Id/Othr/Id');
  for (const transfer of information.all('CdtTrfTxInf')) {
    const line = reading.seen.length + 1;
    const raw = { line, orderNo: transfer.text('PmtId/EndToEndId'), amount: transfer.yuan('Amt/InstdAmt') };
    reading.add(raw, (orderNo, amountFen) => {
      const payment = bankPaymentSchema.safeParse({
        orderNo,
        amountFen,
        fundAccount,
        payeeName: transfer.text('Cdtr/Nm'),
        payeeAccount: transfer.text('CdtrAcct/Id/Othr/Id'),
        payeeBankCode: transfer.text('CdtrAgt/FinInstnId/ClrSysMmbId/MmbId'),
      });
      if (payment.success) return payment.data;
      const field = fieldLabels[String(payment.error.issues[0]?.path[0])] ?? '收款信息';
      throw new DomainError('BANK_LINE_FIELD', { line, field });
    });
  }
  const counted = countOf(reading.seen.slice(from).map(({ amountFen }) => amountFen));
  const stated = { count: information.text('NbOfTxs'), sum: information.text('CtrlSum') };
  checkTotals(`第 ${place} 个付款账户`, stated, counted);
  return {
    id: information.getText('PmtInfId'),
    fundAccount,
    name: information.getText('Dbtr/Nm'),
    bankCode: information.text('DbtrAgt/FinInstnId/ClrSysMmbId/MmbId') ?? '',
    payOn: information.getText('ReqdExctnDt/Dt'),
    count: counted.count,
    sumFen: counted.sumFen,
  };
}
