import { createHash, randomUUID } from 'node:crypto';
import { createBankClient, judgeResults, readResults, sendPaymentFile, takeResults } from '@banjie/activities';
import { DomainError, monthSpan, shanghaiDate, shiftMonth, type Post } from '@banjie/domain';
import {
  findBankFile,
  finishUpload,
  keepBankFile,
  keepStatement,
  movePayoutOrder,
  openUpload,
  openUploads,
  proposeUpload,
  refuseOwnResults,
  refuseUpload,
  rows,
  type UploadReport,
} from '@banjie/persistence';
import { drawTestOrder, testCallKeys, testCipher } from '@banjie/testing';
import type { PayingApi } from './paying-api.fixture';
import {
  againstStep,
  agencyId,
  holdersOfAll,
  mayAny,
  pick,
  takeStep,
  type Answer,
  type Draw,
  type Member,
  type Proposal,
  type Subject,
} from './walk-crew.fixture';

/* What two persons of finance put in force on paper: files of the bank that were brought on a medium, and months of the books. */
const ofFinance: Post[] = ['settlementClerk', 'financeReviewer', 'financeApprover'];
const deciders: Post[] = ['financeReviewer', 'financeApprover'];
const cipher = testCipher();
/** Cases whose orders were put straight into the rows: the audit knows no decision of theirs. */
export const drawnInRows = new Set<string>();
const done: Answer = { status: 200, headers: new Headers(), body: {} };

export interface Upload extends Proposal<null> {
  file: number;
  isRead: boolean;
  /** Who brought it had a duty in its case when it was read; there is no proposal then. */
  isOwnCase: boolean;
  isPosted: boolean;
}
export interface Uploads {
  /** In the order in which they were brought; bytes that were turned away or declined may be brought again. */
  uploads: Upload[];
  /** By file: who has a duty in the case that its payment file names. */
  duties: Map<number, number[]>;
}
export type UploadCall = { name: string; who: number } & (
  { does: 'bring' | 'duty'; file: number } | { does: 'confirm' | 'refuse'; file: number } | { does: 'work' }
);
/** A result file as the bank gives it, and the order that it speaks of. */
export interface ResultFile {
  sha256: string;
  bytes: Buffer;
  orderNo: string;
  caseNo: string;
}

/** An order that is at the bank in a file of its own; ours has not heard of the result. */
export async function resultFile({ api, bank }: PayingApi, n: number): Promise<ResultFile> {
  const { dataSource } = api.database;
  const { orderNo, caseNo } = await drawTestOrder(dataSource, cipher, api.world, { amountFen: 1_000 + n });
  drawnInRows.add(caseNo);
  const toBank = { dataSource, cipher, bank: createBankClient(bank.url, testCallKeys()), layout: 'pain001' as const };
  const { fileId } = await sendPaymentFile(toBank, { batchNo: `WALK${n}`, part: 1, orderNos: [orderNo] });
  const [file] = await rows<{ sha256: string }>(dataSource, `SELECT sha256 FROM bank_file WHERE id = $1`, [fileId]);
  const bytes = await bank.file(`/files/${file!.sha256}/result`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, bytes, orderNo, caseNo };
}

/** Reads what was brought and posts what was confirmed, as apps/jobs does. */
async function work({ api }: PayingApi): Promise<void> {
  const { dataSource } = api.database;
  const posting = { dataSource, cipher, alarm: () => undefined };
  for (const upload of await openUploads(dataSource, cipher)) {
    const bytes = await openUpload(dataSource, cipher, upload);
    const read = await readResults('pain001', bytes);
    const payments = (await findBankFile(dataSource, { paymentsNo: read.head!.originalMessageId, agencyId }))!;
    const { broughtBy, decidedBy } = upload;
    if (upload.state === 'received') {
      const faults = await judgeResults(posting, payments, read.lines);
      const lines = read.lines.map(({ orderNo, outcome, amountFen }) => ({ orderNo, outcome, amountFen }));
      const report: UploadReport = {
        ...{ kind: 'results', messageId: read.file.messageId, batchNo: payments.batchNo, lines, faults },
        ...{ lineCount: read.file.count, totalFen: read.file.sumFen, lineFaults: faults.length },
      };
      try {
        await refuseOwnResults(dataSource, { answersFile: payments.id, broughtBy });
        await proposeUpload(dataSource, cipher, upload, report, payments.id);
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        await refuseUpload(dataSource, upload, report, 'ownCase');
      }
    } else {
      await takeResults(posting, payments, bytes, { broughtBy, confirmedBy: decidedBy! });
      await finishUpload(dataSource, upload, (await findBankFile(dataSource, { kind: 'results', bytes }))!);
    }
  }
}

/** What was brought last of a file. */
const lastOf = ({ uploads }: Uploads, file: number) => uploads.findLast((one) => one.file === file);
const hasDuty = ({ duties }: Uploads, file: number, who: number) => duties.get(file)?.includes(who) ?? false;

export function uploadsSubject(
  paying: PayingApi,
  crew: readonly Member[],
  files: readonly ResultFile[],
): Subject<Uploads, UploadCall> {
  const path = '/api/finance/bank-files';
  return {
    against(model, call) {
      if (call.does === 'work' || call.does === 'duty') return [];
      const member = crew[call.who]!;
      if (call.does === 'bring') return mayAny(member, ofFinance) ? [] : ['FORBIDDEN'];
      if (!mayAny(member, deciders)) return ['FORBIDDEN'];
      const upload = lastOf(model, call.file);
      if (!upload || member.agencyId !== agencyId) return ['BANK_UPLOAD_NOT_FOUND'];
      const { reasons, isOpen } = againstStep(upload, { step: call.does, who: call.who, persons: 2 });
      if (!upload.isRead || upload.isOwnCase) return [...reasons, 'BANK_UPLOAD_NOT_OPEN'];
      const hands = [upload.by, call.who];
      const isOwn = call.does === 'confirm' && isOpen && hands.some((who) => hasDuty(model, call.file, who));
      return isOwn ? [...reasons, 'FINANCE_OWN_CASE'] : reasons;
    },
    take(model, call) {
      const { uploads, duties } = model;
      if (call.does === 'work') {
        for (const upload of uploads) {
          if (upload.state === 'confirmed') upload.isPosted = true;
          if (!upload.isRead) upload.isOwnCase = hasDuty(model, upload.file, upload.by);
          upload.isRead = true;
        }
        return;
      }
      if (call.does === 'duty') {
        duties.set(call.file, [...(duties.get(call.file) ?? []), call.who]);
        return;
      }
      const upload = lastOf(model, call.file);
      if (call.does !== 'bring') takeStep(upload!, call.does, call.who);
      else if (!upload || upload.isOwnCase || upload.state === 'refused') {
        const entry = { id: files[call.file]!.sha256, agencyId, said: null, by: call.who, checkedBy: null };
        const fresh = { isRead: false, isOwnCase: false, isPosted: false };
        uploads.push({ ...entry, decidedBy: null, state: 'proposed', file: call.file, ...fresh });
      }
    },
    async make(call) {
      if (call.does === 'work') {
        await work(paying);
        return done;
      }
      const { id, client } = crew[call.who]!;
      const { sha256, bytes, caseNo } = files[call.file]!;
      if (call.does === 'duty') {
        await rows(
          paying.api.database.dataSource,
          `INSERT INTO case_duty (case_no, person_id, duty, since_seq) VALUES ($1, $2, 'initialReview', 1) ON CONFLICT DO NOTHING`,
          [caseNo, id],
        );
        return done;
      }
      if (call.does === 'bring') {
        const form = new FormData();
        form.append('file', new Blob([new Uint8Array(bytes)]), '结果.xml');
        return client.post(path, form);
      }
      const word = call.does === 'confirm' ? 'confirm' : 'decline';
      return client.post(`${path}/${sha256}/${word}`, word === 'decline' ? { reason: '来源不明' } : {});
    },
  };
}

export function planUpload(
  { uploads, duties }: Uploads,
  { die, who, other, which, size, kind }: Draw,
  crew: readonly Member[],
  files: number,
): UploadCall | [UploadCall, UploadCall] | null {
  const on = (does: 'confirm' | 'refuse', file: number, by = who): UploadCall => ({
    name: `upload ${does}`,
    ...{ who: by, does, file },
  });
  if (die < 9) return { name: 'work', who: 0, does: 'work' };
  const open = pick(
    uploads.filter(({ state, isOwnCase }) => state === 'proposed' && !isOwnCase),
    which,
  );
  const brought = new Set(uploads.map(({ file }) => file)).size;
  const next = Math.min(brought, files - 1);
  // Of who brought what waits, of anybody, or before it is brought.
  if (die < 14) {
    const one = kind < 40 && open ? open.by : kind < 80 ? who % holdersOfAll : who;
    return { name: 'a duty', who: one, does: 'duty', file: kind % 2 || !open ? next : open.file };
  }
  if (die < 32 && open) return on('confirm', open.file);
  if (die < 40 && open) return [on('confirm', open.file), on(size < 6 ? 'confirm' : 'refuse', open.file, other)];
  if (die < 54) return on(size < 6 ? 'confirm' : 'refuse', which % files);
  if (die < 72 && open) return on('refuse', open.file);
  // What another agency brings is its own.
  if (crew[who]!.agencyId !== agencyId) return null;
  const turnedBack = [...Array(files).keys()].filter((file) => {
    const last = uploads.findLast((one) => one.file === file);
    return last?.isOwnCase || last?.state === 'refused';
  });
  const again = size < 8 ? pick(turnedBack, which) : which % files;
  const file = size < 4 ? next : (again ?? next);
  const bound = size % 3 === 0 ? pick(duties.get(file) ?? [], kind) : undefined;
  return { name: 'upload bring', who: bound ?? who, does: 'bring', file };
}

export interface Months {
  /** The oldest first; so many of them are closed. */
  months: string[];
  closed: number;
  /** Grows with whatever changes the figures of the month that is next. */
  figures: number;
  proposals: (Proposal<{ month: string; text: string }> & { figures: number })[];
}
export type MonthCall = { name: string; who: number } & (
  | { does: 'propose'; id: string; month: string; text: string }
  | { does: 'confirm' | 'refuse'; id: string }
  | { does: 'late'; month: string }
);

// A month can be closed some hours after its end.
const thisMonth = shanghaiDate(Date.now() - 3 * 3_600_000).slice(0, 7);

/** Months that are over, each with the bank's statement of it. */
export async function statedMonths({ api }: PayingApi, count: number): Promise<string[]> {
  const months = Array.from({ length: count }, (_, n) => shiftMonth(thisMonth, n - count));
  for (const [n, month] of months.entries()) {
    const { from, until } = monthSpan(month);
    const { file } = await keepBankFile(api.database.dataSource, cipher, {
      ...{ kind: 'statement', layout: 'camt053', name: month, bytes: Buffer.from(month), messageId: null },
      ...{ agencyId, lineCount: 0, totalFen: 0 },
    });
    const statement = {
      ...{ statementId: `ST-${month}`, fundAccount: 'ZC450206', sequenceNo: n + 1, page: 1, isLastPage: true },
      ...{ from: from.toISOString(), to: until.toISOString(), openingFen: 0, closingFen: 0, debitFen: 0, creditFen: 0 },
    };
    await api.database.dataSource.transaction((manager) =>
      keepStatement(manager, { fileId: file.id, statement, entryNos: [] }),
    );
  }
  return months;
}

export function monthsSubject(paying: PayingApi, crew: readonly Member[]): Subject<Months, MonthCall> {
  const path = '/api/finance/reconciliation-statements';
  const { dataSource } = paying.api.database;
  const late = async (month: string) => {
    const { orderNo, caseNo } = await drawTestOrder(dataSource, cipher, paying.api.world, { amountFen: 777 });
    drawnInRows.add(caseNo);
    const at = new Date(`${month}-28T10:00:00+08:00`);
    await dataSource.transaction((manager) =>
      movePayoutOrder(manager, orderNo, { from: ['released'], to: 'sent', at }),
    );
  };
  const mayClose = ({ months, closed }: Months, month: string): string[] => {
    const n = months.indexOf(month);
    if (n < 0) return ['MONTH_NOT_OVER'];
    if (n < closed) return ['BOOK_MONTH_CLOSED'];
    return n === closed ? [] : ['BOOK_MONTH_ORDER'];
  };
  return {
    against(model, call) {
      if (call.does === 'late') return [];
      const member = crew[call.who]!;
      if (!mayAny(member, call.does === 'propose' ? ofFinance : deciders)) return ['FORBIDDEN'];
      const known = model.proposals.find(({ id }) => id === call.id);
      if (call.does !== 'propose') {
        if (member.agencyId !== agencyId) return ['FINANCE_PROPOSAL_NOT_FOUND'];
        const { reasons, isOpen } = againstStep(known!, { step: call.does, who: call.who, persons: 2 });
        if (call.does === 'refuse' || !isOpen || known!.figures === model.figures) return reasons;
        return [...reasons, 'BOOK_MONTH_CHANGED'];
      }
      if (member.agencyId !== agencyId) return ['MONTH_NOT_OVER', 'RECONCILIATION_NO_STATEMENT'];
      const isSame = known?.by === call.who && known.said.month === call.month && known.said.text === call.text;
      if (known) return isSame ? [] : ['ACTION_REUSED'];
      const isOpen = model.proposals.some(({ state, said }) => state === 'proposed' && said.month === call.month);
      return [...mayClose(model, call.month), ...(isOpen ? ['FINANCE_PROPOSAL_OPEN'] : [])];
    },
    take(model, call) {
      if (call.does === 'late') model.figures += 1;
      else if (call.does === 'propose') {
        if (model.proposals.some(({ id }) => id === call.id)) return;
        const said = { month: call.month, text: call.text };
        const entry = { id: call.id, agencyId, said, by: call.who, checkedBy: null, decidedBy: null };
        model.proposals.push({ ...entry, state: 'proposed', figures: model.figures });
      } else {
        const proposal = model.proposals.find(({ id }) => id === call.id)!;
        if (takeStep(proposal, call.does, call.who) && call.does === 'confirm') model.closed += 1;
      }
    },
    async make(call) {
      if (call.does === 'late') {
        await late(call.month);
        return done;
      }
      const { client } = crew[call.who]!;
      if (call.does === 'propose') {
        return client.post(`${path}/${call.month}/proposals`, { id: call.id, text: call.text });
      }
      const body = call.does === 'refuse' ? { reason: '数字有变动' } : {};
      return client.post(`${path}/proposals/${call.id}/${call.does}`, body);
    },
  };
}

export function planMonth(
  { months, closed, proposals }: Months,
  { die, who, other, which, size, kind }: Draw,
  taken: readonly MonthCall[],
): MonthCall | [MonthCall, MonthCall] | null {
  const next = months[closed];
  const on = (does: 'confirm' | 'refuse', id: string, by = who): MonthCall => ({
    name: `month ${does}`,
    ...{ who: by, does, id },
  });
  const open = proposals.find(({ state }) => state === 'proposed');
  const last = pick(proposals, which);
  if (die < 6 && next) return { name: 'late', who: 0, does: 'late', month: next };
  if (die < 16 && open) return on('confirm', open.id);
  if (die < 22 && open) return [on('confirm', open.id), on(size < 6 ? 'confirm' : 'refuse', open.id, other)];
  if (die < 34 && last) return on(size < 6 ? 'confirm' : 'refuse', last.id);
  if (die < 52 && open) return on('refuse', open.id, kind < 60 ? open.by : who);
  const again = pick(
    taken.filter(({ does }) => does !== 'late'),
    which,
  );
  if (die < 60 && again) return { ...again, who: size < 5 ? again.who : who };
  // While none is closed any month could be the first; the walk begins with the oldest.
  const others = closed > 0 ? [...months, thisMonth] : [thisMonth];
  const month = size < 6 && next ? next : pick(others, which)!;
  const id = die < 66 && last ? last.id : randomUUID();
  return { name: 'month propose', who, does: 'propose', id, month, text: `已核对 ${which}` };
}
