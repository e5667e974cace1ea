import {
  DomainError,
  entryFault,
  invoiceKey,
  normaliseInvoicePart,
  stageLabels,
  type FilingBody,
  type Gap,
  type Stage,
} from '@banjie/domain';
import type { EntityManager } from 'typeorm';
import { rows } from '../data-source';

interface ExpenseDocument {
  kind: 'invoice' | 'statement';
  hospitalCode: string;
  documentKey: string;
  amountFen: number;
  /** As it is compared, for the sentence. */
  number: string;
  field: string;
}

/**
 * R-EL-04: takes every invoice and the statement number for this case, over all persons, agencies and years. The partial
 * unique index decides between simultaneous filings: the second waits for the first and then finds the paper taken.
 * @throws DomainError INVOICE_IN_USE naming the holder (its case number only inside the same agency)
 */
export async function reserveDocuments(
  manager: EntityManager,
  caseNo: string,
  agencyId: string,
  body: FilingBody,
): Promise<void> {
  const documents = documentsOf(body);
  if (documents.length === 0) return;
  const taken = await rows<{ kind: string; hospital_code: string; document_key: string }>(
    manager,
    `INSERT INTO expense_document (case_no, kind, hospital_code, document_key, amount_fen)
     SELECT $1, d.* FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[]) AS d(kind, hospital_code, document_key, amount_fen)
     ON CONFLICT (kind, hospital_code, document_key) WHERE live DO NOTHING
     RETURNING kind, hospital_code, document_key`,
    [
      caseNo,
      documents.map((d) => d.kind),
      documents.map((d) => d.hospitalCode),
      documents.map((d) => d.documentKey),
      documents.map((d) => d.amountFen),
    ],
  );
  const keyOf = (kind: string, hospital: string, key: string) => JSON.stringify([kind, hospital, key]);
  const got = new Set(taken.map((row) => keyOf(row.kind, row.hospital_code, row.document_key)));
  const refused = documents.find((d) => !got.has(keyOf(d.kind, d.hospitalCode, d.documentKey)));
  if (refused) {
    const facts = factsOf(refused, await findHolder(manager, refused), agencyId);
    throw new DomainError('INVOICE_IN_USE', facts, refused.field);
  }
}

/** In one order for everybody: two filings that share two papers must not wait for one another crosswise. */
function documentsOf(body: FilingBody): ExpenseDocument[] {
  const invoices = (body.invoices ?? []).flatMap((invoice, place): ExpenseDocument[] => {
    const { number, hospitalCode } = invoice;
    if (!number || !hospitalCode) return [];
    const key = invoiceKey(hospitalCode, invoice.code ?? null, number);
    const documentKey = JSON.stringify([key.invoiceCode, key.invoiceNumber]);
    return [
      {
        kind: 'invoice',
        hospitalCode: key.hospitalCode,
        documentKey,
        amountFen: invoice.amountFen ?? 0,
        number: key.invoiceNumber,
        field: `invoices[${place}].number`,
      },
    ];
  });
  const statement = body.statement?.number;
  const hospital = normaliseInvoicePart(body.stay?.hospitalCode ?? '');
  const statements: ExpenseDocument[] =
    statement && hospital && normaliseInvoicePart(statement) !== ''
      ? [
          {
            kind: 'statement',
            hospitalCode: hospital,
            documentKey: normaliseInvoicePart(statement),
            amountFen: body.statement?.totalFen ?? 0,
            number: normaliseInvoicePart(statement),
            field: 'statement.number',
          },
        ]
      : [];
  const order = (d: ExpenseDocument) => `${d.kind} ${d.hospitalCode} ${d.documentKey}`;
  return [...invoices, ...statements].sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
}

/**
 * R-EL-04 for the check of a draft, so that a paper in use stands among the other gaps. It only looks: between two filings
 * at the same time `reserveDocuments` decides.
 */
export async function findDocumentsInUse(manager: EntityManager, agencyId: string, body: FilingBody): Promise<Gap[]> {
  const gaps: Gap[] = [];
  for (const document of documentsToCheck(body)) {
    const holder = await findHolder(manager, document);
    if (holder) {
      const facts = factsOf(document, holder, agencyId);
      gaps.push(entryFault('INVOICE_IN_USE', document.field, facts, 'R-EL-04', 'D1 申请材料 2'));
    }
  }
  return gaps;
}

/** A number of the wrong form is a finding of its own and holds nothing. */
function documentsToCheck(body: FilingBody): ExpenseDocument[] {
  try {
    return documentsOf(body);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return [];
  }
}

interface Holder {
  caseNo: string;
  agencyId: string;
  stage: Stage;
  outcome: string | null;
  paidOnce: boolean;
}

async function findHolder(manager: EntityManager, document: ExpenseDocument): Promise<Holder | null> {
  const [holder] = await rows<Holder>(
    manager,
    `SELECT c.case_no AS "caseNo", c.agency_id AS "agencyId", c.stage, c.outcome, c.paid_once AS "paidOnce"
     FROM expense_document d JOIN cases c ON c.case_no = d.case_no
     WHERE d.live AND d.kind = $1 AND d.hospital_code = $2 AND d.document_key = $3`,
    [document.kind, document.hospitalCode, document.documentKey],
  );
  return holder ?? null;
}

/** The case number only inside the same agency. */
function factsOf(document: ExpenseDocument, holder: Holder | null, agencyId: string): Record<string, unknown> {
  const label = document.kind === 'invoice' ? '发票' : '费用结算清单';
  const own = holder?.agencyId === agencyId;
  return {
    document: label,
    kind: document.kind,
    number: document.number,
    holder: own ? `办件 ${holder.caseNo}` : '其他经办机构的办件',
    status: holder ? statusOf(holder) : '在办',
    ...(own ? { caseNo: holder.caseNo, stage: holder.stage } : {}),
  };
}

function statusOf(holder: { stage: Stage; outcome: string | null; paidOnce: boolean }): string {
  if (holder.paidOnce) return '已支付';
  if (holder.outcome === 'approved') return '已予以通过';
  return `在办,当前环节${stageLabels[holder.stage]}`;
}
