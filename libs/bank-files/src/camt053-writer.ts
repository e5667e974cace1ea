import type { BankReceiptEntry, BankStatementEntry } from '@banjie/contracts';
import { fen, sumFen, type Fen } from '@banjie/domain';
import { amountText } from './amounts';
import { sha256Of, type WrittenFile } from './file-bytes';
import { reasonCodeOf } from './transfer-results';
import { writeMessage, type XmlPiece } from './xml/xml-writer';

/*
 * camt.053.001.08, BankToCustomerStatementV08. Order of elements, as the schema has it:
 *   GrpHdr: MsgId CreDtTm
 *   Stmt, one per account: Id StmtPgntn(PgNb LastPgInd) ElctrncSeqNb CreDtTm FrToDt(FrDtTm ToDtTm) Acct(Id/Othr/Id Ccy)
 *     Bal(Tp/CdOrPrtry/Cd Amt CdtDbtInd Dt) TxsSummry(TtlNtries TtlCdtNtries TtlDbtNtries: NbOfNtries Sum) Ntry
 *   Ntry: NtryRef Amt CdtDbtInd RvslInd Sts/Cd BookgDt(Dt|DtTm) AcctSvcrRef BkTxCd NtryDtls/TxDtls
 *   TxDtls: Refs/EndToEndId Amt RltdPties(DbtrAcct CdtrAcct) RtrInf(Rsn/Cd AddtlInf)
 */
const version = 'camt.053.001.08';

/** An entry as the stand-in bank keeps it; `credit` is money that belongs to no order of ours. */
export type EntryToWrite = BankStatementEntry | BankReceiptEntry;

export interface StatementToWrite {
  messageId: string;
  createdAt: string;
  statementId: string;
  sequenceNo: number;
  page?: { number: number; isLast: boolean };
  from: string;
  to: string;
  fundAccount: string;
  openingFen: number;
  entries: readonly EntryToWrite[];
}

/** Writes a statement of one account; the closing balance is what the entries make of the opening one. */
export function writeCamt053(statement: StatementToWrite): WrittenFile {
  const { messageId, createdAt, entries, from, to, page = { number: 1, isLast: true } } = statement;
  const credits = entries.filter(({ kind }) => kind !== 'debit').map(({ amountFen }) => fen(amountFen));
  const debits = entries.filter(({ kind }) => kind === 'debit').map(({ amountFen }) => fen(amountFen));
  const all = sumFen([...credits, ...debits]);
  const closing = fen(statement.openingFen + sumFen(credits) - sumFen(debits));
  const totals = (name: string, amounts: readonly Fen[]): XmlPiece => [
    name,
    [
      ['NbOfNtries', String(amounts.length)],
      ['Sum', amountText(sumFen(amounts))],
    ],
  ];
  const bytes = writeMessage(version, [
    'BkToCstmrStmt',
    [
      [
        'GrpHdr',
        [
          ['MsgId', messageId],
          ['CreDtTm', createdAt],
        ],
      ],
      [
        'Stmt',
        [
          ['Id', statement.statementId],
          [
            'StmtPgntn',
            [
              ['PgNb', String(page.number)],
              ['LastPgInd', String(page.isLast)],
            ],
          ],
          ['ElctrncSeqNb', String(statement.sequenceNo)],
          ['CreDtTm', createdAt],
          [
            'FrToDt',
            [
              ['FrDtTm', from],
              ['ToDtTm', to],
            ],
          ],
          ['Acct', [accountId(statement.fundAccount), ['Ccy', 'CNY']]],
          balance(page.number === 1 ? 'OPBD' : 'ITBD', statement.openingFen, from),
          balance(page.isLast ? 'CLBD' : 'ITBD', closing, to),
          ['TxsSummry', [totals('TtlNtries', [...credits, ...debits]), totals('TtlCdtNtries', credits), totals('TtlDbtNtries', debits)]], // prettier-ignore
          ...entries.map(entryPiece),
        ],
      ],
    ],
  ]);
  return { bytes, sha256: sha256Of(bytes), messageId, count: entries.length, sumFen: all };
}

function balance(code: string, amountFen: number, at: string): XmlPiece {
  return [
    'Bal',
    [
      ['Tp', [['CdOrPrtry', [['Cd', code]]]]],
      ['Amt', amountText(fen(Math.abs(amountFen))), { Ccy: 'CNY' }],
      ['CdtDbtInd', amountFen < 0 ? 'DBIT' : 'CRDT'],
      ['Dt', [['DtTm', at]]],
    ],
  ];
}

const families = {
  debit: ['PMNT', 'ICDT', 'DMCT'],
  return: ['PMNT', 'ICDT', 'RRTN'],
  transfer: ['PMNT', 'RCDT', 'DMCT'],
  interest: ['ACMT', 'MCOP', 'INTR'],
} as const;

function entryPiece(entry: EntryToWrite): XmlPiece {
  const { entryNo, kind, amountFen, at, bankReference } = entry;
  const [domain, family, subFamily] = families[kind === 'credit' ? entry.purpose : kind];
  return [
    'Ntry',
    [
      ['NtryRef', String(entryNo)],
      ['Amt', amountText(fen(amountFen)), { Ccy: 'CNY' }],
      ['CdtDbtInd', kind === 'debit' ? 'DBIT' : 'CRDT'],
      ['Sts', [['Cd', 'BOOK']]],
      ['BookgDt', [['DtTm', at]]],
      ['AcctSvcrRef', bankReference],
      ['BkTxCd', [['Domn', [['Cd', domain], ['Fmly', [['Cd', family], ['SubFmlyCd', subFamily]]]]]]], // prettier-ignore
      [
        'NtryDtls',
        [
          [
            'TxDtls',
            [
              ['Refs', [['EndToEndId', kind === 'credit' ? 'NOTPROVIDED' : entry.orderNo]]],
              partyOf(entry),
              kind === 'return' ? returnInformation(entry.reason ?? '退票') : undefined,
            ],
          ],
        ],
      ],
    ],
  ];
}

function partyOf(entry: EntryToWrite): XmlPiece | undefined {
  if (entry.kind !== 'credit') return ['RltdPties', [['CdtrAcct', [accountId(entry.payeeAccount)]]]];
  return entry.payerAccount === null ? undefined : ['RltdPties', [['DbtrAcct', [accountId(entry.payerAccount)]]]];
}

function returnInformation(words: string): XmlPiece {
  return [
    'RtrInf',
    [
      ['Rsn', [['Cd', reasonCodeOf(words)]]],
      ['AddtlInf', [...words].slice(0, 105).join('')],
    ],
  ];
}

const accountId = (account: string): XmlPiece => ['Id', [['Othr', [['Id', account]]]]];
