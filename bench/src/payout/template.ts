import { randomBytes, randomUUID } from 'node:crypto';
import type { FilingBody } from '@banjie/domain';
import {
  actBodyContext,
  actBodyDigest,
  bodyDigest,
  chainText,
  filingBodyContext,
  findAttachments,
  openNotice,
  papersDigest,
  payeeDigest,
  rows,
  sealInsuredPerson,
  sealNotice,
  type ColumnCipher,
  type SignedPaper,
} from '@banjie/persistence';
import { filingOf, type ClaimToFile } from '../act/file-claim';
import type { World } from '../act/world';
import type { Claimant } from './claimants';

const ofPerson = 'SELECT person_id FROM cases WHERE case_no = $1';
const ofFiling = 'SELECT filing_id FROM cases WHERE case_no = $1';

/** Where a case on its way to 拨付制定 stands in the rows, in an order that foreign keys allow. */
const caseTables = {
  insured_person: `id = (${ofPerson})`,
  filing: `id = (${ofFiling})`,
  statement_line: `filing_id = (${ofFiling})`,
  attachment: `filing_id = (${ofFiling})`,
  cases: 'case_no = $1',
  act_body: 'case_no = $1',
  case_act: 'case_no = $1',
  case_duty: 'case_no = $1',
  task: 'case_no = $1',
  expense_document: 'case_no = $1',
  clock: 'case_no = $1',
  clock_event: 'case_no = $1',
  benefit_result: 'case_no = $1',
  cap_usage: `person_id = (${ofPerson})`,
  decision: 'case_no = $1',
  notice_content: 'case_no = $1',
  outbox: 'case_no = $1',
} as const;
type CaseTable = keyof typeof caseTables;

/** A row as `to_jsonb` gives it: bytes as `\\x` and hex. */
type Row = Record<string, unknown>;
type CaseRows = Record<CaseTable, Row[]>;

/** The rows of one case more, as JSON text without the brackets of the list. */
export type CaseCopy = Record<CaseTable, string>;

export const tables = Object.keys(caseTables) as CaseTable[];

/**
 * A case that real acts brought where it stands, as a form to be filled in: whatever in its rows tells it from another case of the same
 * amounts – numbers, persons, papers, all that is sealed or signed – is a slot.
 */
export class CaseTemplate {
  /** The text of each table's rows, and of the facts of each act, cut at the slots: every second piece is one. */
  private readonly pieces: Record<CaseTable, string[]>;
  private readonly facts: string[][];

  private constructor(
    private readonly cipher: ColumnCipher,
    private readonly caseRows: CaseRows,
    private readonly claim: ClaimToFile,
    private readonly papers: readonly SignedPaper[],
  ) {
    this.facts = caseRows.case_act.map(({ facts }) => [JSON.stringify(facts)]);
    const slots = new RegExp(`(${[...this.refill(caseNoOf(caseRows), claim).keys()].join('|')})`);
    this.facts = this.facts.map(([whole]) => whole!.split(slots));
    const cut = (table: CaseTable) => JSON.stringify(caseRows[table]).slice(1, -1).split(slots);
    this.pieces = Object.fromEntries(tables.map((table) => [table, cut(table)])) as typeof this.pieces;
  }

  /** `claim` is what the case was filed from. */
  static async read({ dataSource, cipher }: World, caseNo: string, claim: ClaimToFile): Promise<CaseTemplate> {
    const read = tables.map(async (table) => {
      const sql = `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${caseTables[table]} ORDER BY 1`;
      return [table, (await rows<{ row: Row }>(dataSource, sql, [caseNo])).map(({ row }) => row)] as const;
    });
    const caseRows = Object.fromEntries(await Promise.all(read)) as CaseRows;
    for (const row of tables.flatMap((table) => caseRows[table])) if (typeof row['id'] === 'number') delete row['id'];
    // A received filing takes no more lines: it is one when they are there (submitCopies).
    for (const row of caseRows.filing) Object.assign(row, { state: 'draft', case_no: null, submitted_at: null });
    const papers = await findAttachments(dataSource.manager, cipher, String(caseRows.filing[0]!['id']));
    return new CaseTemplate(cipher, caseRows, claim, papers);
  }

  /** The columns that are written; the rest takes what the table gives. */
  columnsOf(table: CaseTable): string[] {
    return Object.keys(this.caseRows[table][0] ?? {});
  }

  /** The same case under another number, of another claimant with the same lines. */
  copy(caseNo: string, claimant: Claimant): CaseCopy {
    const values = this.refill(caseNo, { ...this.claim, ...claimant });
    return Object.fromEntries(tables.map((table) => [table, fill(this.pieces[table], values)])) as CaseCopy;
  }

  /** What stands in the template by what takes its place. */
  private refill(caseNo: string, claim: ClaimToFile): Map<string, string> {
    const { cipher, caseRows } = this;
    const values = new Map<string, string>([[caseNoOf(caseRows), caseNo]]);
    const anew = (old: unknown, value: string | Buffer) =>
      values.set(hexOf(old), typeof value === 'string' ? value : value.toString('hex'));
    for (const row of [caseRows.insured_person, caseRows.filing, caseRows.decision, caseRows.attachment].flat()) {
      anew(row['id'], randomUUID());
    }
    for (const { action_id: id } of caseRows.case_act) anew(id, randomUUID());
    for (const { sha256 } of caseRows.attachment) anew(sha256, randomBytes(32));
    anew(this.claim.number, claim.number);
    const [person, filing, decision] = [caseRows.insured_person[0]!, caseRows.filing[0]!, caseRows.decision[0]!];
    const { hash, idNumberEnc, nameEnc } = sealInsuredPerson(cipher, claim.person);
    anew(person['id_number_hash'], hash);
    anew(person['id_number_enc'], idNumberEnc);
    anew(person['name_enc'], nameEnc);

    const { facts: received } = caseRows.case_act[0] as { facts: Record<string, string> };
    const filed: FilingBody = filingOf(claim);
    const body = cipher.encryptJson(filingBodyContext, filed);
    anew(filing['body_enc'], body);
    anew(received['filingDigest'], bodyDigest(cipher, { body }));
    const { accountNumber, bankCode, person: payee } = claim;
    anew(decision['payee_digest'], payeeDigest(cipher, { accountName: payee.name, accountNumber, bankCode }));
    const papers = this.papers.map((paper) => ({
      ...paper,
      id: values.get(paper.id)!,
      sha256: values.get(paper.sha256)!,
    }));
    anew(received['papersDigest'], papersDigest(cipher, papers));

    const reworded = (text: string) =>
      [...values]
        .reduce((all, [old, value]) => all.replaceAll(old, value), text)
        .replaceAll(this.claim.person.name, payee.name);
    for (const { body_enc: sealed, body_hash: digest } of caseRows.act_body) {
      const act: unknown = JSON.parse(reworded(cipher.decrypt(actBodyContext, bytesOf(sealed))));
      anew(sealed, cipher.encryptJson(actBodyContext, act));
      anew(digest, actBodyDigest(cipher, act));
    }
    for (const { body_enc: sealed, digest } of caseRows.notice_content) {
      const content = JSON.parse(reworded(JSON.stringify(openNotice(cipher, bytesOf(sealed))))) as ReturnType<
        typeof openNotice
      >;
      const notice = sealNotice(cipher, content);
      anew(sealed, notice.sealed);
      anew(digest, notice.digest);
    }
    return this.chain(caseNo, values);
  }

  /** Signs the acts anew, each on the one before it. */
  private chain(caseNo: string, values: Map<string, string>): Map<string, string> {
    let before: Buffer = bytesOf(this.caseRows.case_act[0]!['prev_hash']);
    this.caseRows.case_act.forEach((row, index) => {
      const act = {
        caseNo,
        seq: Number(row['seq']),
        actionId: values.get(String(row['action_id']))!,
        act: String(row['act']),
        actorId: String(row['actor_id']),
        stageFrom: String(row['stage_from']),
        stageTo: String(row['stage_to']),
        round: Number(row['round']),
        duty: row['duty'] === null ? null : String(row['duty']),
        facts: JSON.parse(fill(this.facts[index]!, values)) as Record<string, unknown>,
        at: new Date(String(row['at'])).toISOString(),
      };
      before = this.cipher.chain(before, chainText(act));
      values.set(hexOf(row['hash']), before.toString('hex'));
    });
    return values;
  }
}

const caseNoOf = (caseRows: CaseRows) => String(caseRows.cases[0]!['case_no']);
const hexOf = (value: unknown) => String(value).replace(/^\\x/, '');
const bytesOf = (value: unknown) => Buffer.from(hexOf(value), 'hex');
const fill = (pieces: readonly string[], values: Map<string, string>) =>
  pieces.map((piece, index) => (index % 2 === 1 ? values.get(piece)! : piece)).join('');
