import { invoiceKey } from '../checks/invoice-key';
import { DomainError } from '../errors';
import { fen, formatYuan, mulDiv, sumFen, type Fen } from '../money';
import { agrees, isBlank, requireFields } from './comparing';
import type { Invoice } from './filing';
import type { ClassedLine, FiledClaim, Finding } from './claim';
import { entryFault, gap } from './gap-table';
import { refuseFuture } from './stay-gaps';

/** Invoices, statement and lines: R-EL-03, R-EL-04 inside one filing, R-EL-05, R-EL-06. */
export function findCostGaps(claim: FiledClaim, finding: Finding): void {
  const { body } = claim;
  const invoices = body.invoices ?? [];
  if (invoices.length === 0) finding.gaps.push(gap('INVOICES_MISSING', {}, { field: 'invoices', material: 'R-MT-2' }));
  invoices.forEach((invoice, place) => findInvoiceGaps(claim, invoice, place, finding));
  findRepeatedInvoices(invoices, finding);

  requireFields(
    body.statement,
    'statement',
    { number: '费用结算清单号', patientName: '清单上的姓名', totalFen: '清单合计金额' },
    finding,
  );
  if (!agrees(body.statement?.patientName, body.applicant?.name)) {
    finding.gaps.push(gap('STATEMENT_NAME_DIFFERS', {}, { field: 'statement.patientName', material: 'R-MT-4' }));
  }
  if (claim.lines.length === 0) {
    finding.gaps.push(gap('STATEMENT_LINES_MISSING', {}, { field: 'lines', material: 'R-MT-4' }));
  } else {
    findLineFindings(claim, finding);
  }
  compareTotals(claim, finding);
}

function findInvoiceGaps({ body, today }: FiledClaim, invoice: Invoice, place: number, finding: Finding): void {
  const path = `invoices[${place}]`;
  const ordinal = place + 1;
  const at = (name: keyof Invoice) => ({ field: `${path}.${name}`, material: 'R-MT-2' });
  requireFields(
    invoice,
    path,
    {
      number: `第 ${ordinal} 张发票的号码`,
      hospitalCode: `第 ${ordinal} 张发票的医院`,
      patientName: `第 ${ordinal} 张发票上的姓名`,
      amountFen: `第 ${ordinal} 张发票的金额`,
      issuedOn: `第 ${ordinal} 张发票的开票日期`,
    },
    finding,
  );
  refuseFuture(invoice.issuedOn, `${path}.issuedOn`, `第 ${ordinal} 张发票的开票日期`, today, finding);
  if (invoice.amountFen === 0) finding.gaps.push(gap('INVOICE_AMOUNT_ZERO', { ordinal }, at('amountFen')));
  if (invoice.settledElsewhere) {
    finding.gaps.push(gap('INVOICE_SETTLED_ELSEWHERE', { ordinal }, at('settledElsewhere')));
  }
  if (!agrees(invoice.patientName, body.applicant?.name)) {
    finding.gaps.push(gap('INVOICE_NAME_DIFFERS', { ordinal }, at('patientName')));
  }
  if (!agrees(invoice.hospitalCode, body.stay?.hospitalCode)) {
    finding.gaps.push(gap('INVOICE_OF_OTHER_HOSPITAL', { ordinal }, at('hospitalCode')));
  }
  const admitted = body.stay?.admissionDate;
  if (invoice.issuedOn && admitted && invoice.issuedOn < admitted) {
    finding.warnings.push(gap('INVOICE_BEFORE_STAY', { ordinal }, at('issuedOn')));
  }
}

/** Two rows of one filing with the same key would collide in the database anyway; here the person is told which. */
function findRepeatedInvoices(invoices: readonly Invoice[], finding: Finding): void {
  const seen = new Map<string, number>();
  invoices.forEach((invoice, place) => {
    if (isBlank(invoice.number) || isBlank(invoice.hospitalCode)) return;
    try {
      const key = JSON.stringify(invoiceKey(invoice.hospitalCode!, invoice.code ?? null, invoice.number!));
      const first = seen.get(key);
      if (first === undefined) {
        seen.set(key, place);
      } else {
        const facts = { ordinal: place + 1, first: first + 1 };
        const field = `invoices[${place}].number`;
        finding.gaps.push(entryFault('INVOICE_REPEATED_IN_FILING', field, facts, 'R-EL-04', 'D1 申请材料 2'));
      }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      finding.gaps.push(entryFault(error.code, `invoices[${place}].number`, {}, 'R-EL-04', 'D1 申请材料 2'));
    }
  });
}

function findLineFindings({ lines, body, today }: FiledClaim, finding: Finding): void {
  const future = lines.map((line, place) => ({ line, place })).filter(({ line }) => line.serviceDate > today);
  for (const { line, place } of future.slice(0, 20)) {
    const label = `第 ${line.lineNo} 行的费用日期`;
    refuseFuture(line.serviceDate, `lines[${place}].serviceDate`, label, today, finding);
  }
  const { admissionDate, dischargeDate } = body.stay ?? {};
  warnOfLines(
    'LINES_OUTSIDE_STAY',
    lines.filter(
      (line) =>
        (admissionDate && line.serviceDate < admissionDate) || (dischargeDate && line.serviceDate > dischargeDate),
    ),
    finding,
  );
  warnOfLines('LINES_NOT_MULTIPLIED', lines.filter(isFarFromProduct), finding);
  warnOfLines(
    'ITEMS_NOT_IN_CATALOGUE',
    lines.filter((line) => line.inCatalogue === false),
    finding,
  );
}

/** One warning for all lines of a kind, naming the first. */
export function warnOfLines(
  code: 'LINES_OUTSIDE_STAY' | 'LINES_NOT_MULTIPLIED' | 'ITEMS_NOT_IN_CATALOGUE' | 'UNIT_PRICES_ROUNDED',
  lines: readonly { lineNo: number }[],
  finding: { warnings: Finding['warnings'] },
): void {
  const [first] = lines;
  if (first) finding.warnings.push(gap(code, { count: lines.length, lineNo: first.lineNo }, { field: 'lines' }));
}

/** Hospitals round each line on their own and print short unit prices, so a few 分 say nothing; more than 1 元 may. */
function isFarFromProduct(line: ClassedLine): boolean {
  const [whole = '0', decimals = ''] = line.quantity.split('.');
  const milli = Number(`${whole}${decimals.padEnd(3, '0')}`);
  try {
    return Math.abs(mulDiv(fen(line.unitPriceFen), milli, 1_000, 'halfUp') - line.amountFen) > 100;
  } catch {
    return true;
  }
}

/** R-EL-06: equal to the 分, both ways; the difference is a fact, so that the notice can name it. */
function compareTotals({ body, lines }: FiledClaim, finding: Finding): void {
  const known = (body.invoices ?? []).map((invoice) => invoice.amountFen).filter((amount) => amount != null);
  const complete = known.length > 0 && known.length === body.invoices?.length;
  const invoicesFen = complete ? total(known, 'invoices', finding) : null;
  const linesFen =
    lines.length > 0
      ? total(
          lines.map((line) => line.amountFen),
          'lines',
          finding,
        )
      : null;
  const statementFen = body.statement?.totalFen ?? null;

  if (invoicesFen !== null && statementFen !== null && invoicesFen !== statementFen) {
    const facts = difference('invoices', invoicesFen, 'statement', fen(statementFen));
    const where = { field: 'statement.totalFen', material: 'R-MT-4' };
    finding.gaps.push(gap('INVOICE_STATEMENT_TOTAL_DIFFERS', facts, where));
  }
  if (linesFen === null) return;
  if (statementFen !== null) {
    if (linesFen !== statementFen) {
      const facts = difference('lines', linesFen, 'statement', fen(statementFen));
      finding.gaps.push(gap('LINES_TOTAL_DIFFERS', facts, { field: 'lines', material: 'R-MT-4' }));
    }
  } else if (invoicesFen !== null && linesFen !== invoicesFen) {
    const facts = difference('lines', linesFen, 'invoices', invoicesFen);
    finding.gaps.push(gap('LINES_INVOICE_TOTAL_DIFFERS', facts, { field: 'lines', material: 'R-MT-4' }));
  }
}

function difference(left: string, leftFen: Fen, right: string, rightFen: Fen): Record<string, unknown> {
  const differenceFen = fen(Math.abs(leftFen - rightFen));
  return {
    [left]: formatYuan(leftFen),
    [right]: formatYuan(rightFen),
    difference: formatYuan(differenceFen),
    [`${left}Fen`]: leftFen,
    [`${right}Fen`]: rightFen,
    differenceFen,
  };
}

function total(amounts: readonly number[], field: string, finding: Finding): Fen | null {
  try {
    return sumFen(amounts.map(fen));
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    finding.gaps.push(entryFault(error.code, field, {}, 'R-EL-06', 'D1 申请材料 2、4'));
    return null;
  }
}

/** What the lines add up to. @throws DomainError AMOUNT_TOO_LARGE */
export function statementSum(lines: readonly Pick<ClassedLine, 'amountFen'>[]): Fen {
  return sumFen(lines.map((line) => fen(line.amountFen)));
}
