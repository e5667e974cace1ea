import { Injectable } from '@nestjs/common';
import { judgeResults, readResults, takeResults, type PostingDependencies } from '@banjie/activities';
import { likelyForm, readCamt053, type BankFileReport } from '@banjie/bank-files';
import { DomainError } from '@banjie/domain';
import {
  ColumnCipher,
  findBankFile,
  finishUpload,
  fundAccounts,
  getUpload,
  openUpload,
  openUploads,
  proposeUpload,
  refuseOwnResults,
  refuseUpload,
  wakeDispatch,
  type BankFileRecord,
  type BankUpload,
  type UploadFault,
  type UploadReport,
} from '@banjie/persistence';
import { DataSource } from 'typeorm';
import { alarm, describeFault, Log } from '../log';
import { StatementTaker } from './statement-taker';

const mostLinesShown = 2_000;

/**
 * Works on files that staff brought on a medium: reads each and lays it before a second person, and posts it once that person has confirmed
 * it, by the same ways as what comes over the line. What is cut off is gone on with at the next look.
 */
@Injectable()
export class UploadedFiles {
  constructor(
    private readonly dataSource: DataSource,
    private readonly cipher: ColumnCipher,
    private readonly taker: StatementTaker,
    private readonly log: Log,
  ) {}

  /** Answers how many were read or posted. One that cannot be worked on holds up no other. */
  async work(): Promise<number> {
    let count = 0;
    for (const upload of await openUploads(this.dataSource, this.cipher)) {
      try {
        if (upload.state === 'received') await this.read(upload);
        else await this.post(upload);
        count += 1;
      } catch (error) {
        this.log.warn({ uploadId: upload.id, fault: describeFault(error) }, 'an uploaded file was not worked on');
      }
    }
    return count;
  }

  private async read(upload: BankUpload): Promise<void> {
    const bytes = await openUpload(this.dataSource, this.cipher, upload);
    const { report, isUsable, answersFile, isOwnCase } = await this.reportOn(upload, bytes);
    if (isUsable) return proposeUpload(this.dataSource, this.cipher, upload, report, answersFile);
    await refuseUpload(this.dataSource, upload, report, isOwnCase ? 'ownCase' : 'refused');
    alarm(this.log, 'uploadRefused', {
      uploadId: upload.id,
      code: report.faults.find(({ line }) => line === null)?.code,
    });
  }

  private async reportOn(upload: BankUpload, bytes: Buffer): Promise<FoundInUpload> {
    const form = likelyForm(bytes);
    if (form === 'camt053') {
      const read = await readCamt053(bytes);
      const accounts = await fundAccounts(this.dataSource);
      const foreign = read.head?.statements.find(
        ({ fundAccount }) => accounts.get(fundAccount)?.agencyId !== upload.agencyId,
      );
      const fault = foreign && new DomainError('BANK_STATEMENT_FOREIGN', { fundAccount: foreign.fundAccount });
      const lines = read.lines.map(({ orderNo, kind, amountFen }) => ({ orderNo, outcome: kind, amountFen }));
      return reportOf('statement', read, { lines, fault });
    }
    const read = await readResults(form, bytes);
    const payments = await this.paymentsOf(upload, read.head?.originalMessageId);
    const fault = read.head && (faultOfForm(payments, form) ?? (await this.faultOfBringer(upload, payments!)));
    const judged = payments && !fault ? await judgeResults(this.dependencies, payments, read.lines) : [];
    const bad = new Set(judged.map(({ orderNo }) => orderNo));
    const lines = read.lines.filter(({ orderNo }) => !bad.has(orderNo));
    return reportOf('results', read, { lines, fault, faults: judged, payments });
  }

  private async post(upload: BankUpload): Promise<void> {
    // Another process may be done with it since, or have turned it back.
    const now = await getUpload(this.dataSource, this.cipher, upload);
    if (now.id !== upload.id || now.state !== 'confirmed') return;
    const bytes = await openUpload(this.dataSource, this.cipher, upload);
    const { id, broughtBy, report, answersFile } = upload;
    const persons = { broughtBy, confirmedBy: upload.decidedBy! };
    const kind = report.kind!;
    if (kind === 'statement') {
      const { state } = await this.taker.take(`${id}.xml`, bytes, persons);
      if (state === 'received' || state === 'ownCase') return;
    } else {
      // The one in whose cases neither person has a duty.
      const payments = (await findBankFile(this.dataSource, { id: answersFile! }))!;
      await takeResults(this.dependencies, payments, bytes, persons);
      const { batchNo } = payments;
      if (batchNo) await this.dataSource.transaction((manager) => wakeDispatch(manager, batchNo, `upload:${id}`));
    }
    await finishUpload(this.dataSource, upload, (await findBankFile(this.dataSource, { kind, bytes }))!);
  }

  /** The payment file that is answered, among those of the agency alone: another's is as unknown as none. */
  private async paymentsOf({ agencyId }: BankUpload, paymentsNo: string | undefined): Promise<BankFileRecord | null> {
    return paymentsNo ? findBankFile(this.dataSource, { paymentsNo, agencyId }) : null;
  }

  private async faultOfBringer(
    { broughtBy }: BankUpload,
    { id: answersFile }: BankFileRecord,
  ): Promise<DomainError | undefined> {
    try {
      await refuseOwnResults(this.dataSource, { answersFile, broughtBy });
      return undefined;
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
  }

  private get dependencies(): PostingDependencies {
    return {
      ...{ dataSource: this.dataSource, cipher: this.cipher },
      alarm: (code, facts) => alarm(this.log, code, facts),
    };
  }
}

function faultOfForm(payments: BankFileRecord | null, form: string): DomainError | undefined {
  if (!payments) return new DomainError('RESULT_OF_UNKNOWN_FILE');
  const wanted = payments.layout === 'pain001' ? 'pain002' : payments.layout;
  const expected = { pain002: '结果文件 pain.002', csvGb18030: '结果文件(GB18030)', csvUtf8: '结果文件(UTF-8)' };
  return wanted === form
    ? undefined
    : new DomainError('BANK_FILE_KIND', {
        expected: expected[wanted as keyof typeof expected],
        reason: '所回应的付款文件是另一种格式',
      });
}

interface FoundInUpload {
  report: UploadReport;
  isUsable: boolean;
  /** Of results: the payment file that they answer. */
  answersFile: number | null;
  /** Who brought it has a duty in its cases. */
  isOwnCase: boolean;
}

function reportOf(
  kind: 'results' | 'statement',
  { file, refused, faults: ofLines }: Pick<BankFileReport<unknown, unknown>, 'file' | 'refused' | 'faults'>,
  found: {
    lines: UploadReport['lines'];
    fault: DomainError | null | undefined;
    faults?: readonly UploadFault[];
    payments?: BankFileRecord | null;
  },
): FoundInUpload {
  const { fault, payments } = found;
  const whole = fault ? [{ line: null, code: fault.code, message: fault.message, next: fault.next, orderNo: null, amountFen: null }] : []; // prettier-ignore
  const faults = [...whole, ...ofLines, ...(found.faults ?? [])];
  const isUsable = refused === null && !fault;
  const lines = isUsable
    ? found.lines.slice(0, mostLinesShown).map(({ orderNo, outcome, amountFen }) => ({ orderNo, outcome, amountFen }))
    : [];
  return {
    ...{ isUsable, answersFile: payments?.id ?? null, isOwnCase: fault?.code === 'FINANCE_OWN_CASE' },
    report: {
      ...{ kind, messageId: file.messageId, batchNo: payments?.batchNo ?? null },
      ...{ lineCount: file.count, totalFen: file.sumFen, lines },
      ...{ lineFaults: faults.length - whole.length, faults: faults.slice(0, mostLinesShown) },
    },
  };
}
