import { DomainError, type CatalogueClass, type ClassedLine, type StatementLine } from '@banjie/domain';
import type { DataSource, EntityManager } from 'typeorm';
import { rows } from '../data-source';

/** A line as kept: with the class that the catalogue of the region gave it. */
export interface KeptLine extends StatementLine, ClassedLine {
  catalogueClass: CatalogueClass;
  selfPaidFirstBp: number;
  inCatalogue: boolean;
}

/**
 * Replaces the lines of a draft (the caller holds its lock). The class of each line is looked up here and never handed
 * in; an item the catalogue does not know is outside it.
 * @throws DomainError STATEMENT_LINE_REPEATED
 */
export async function replaceStatementLines(
  manager: EntityManager,
  filingId: string,
  regionCode: string,
  lines: readonly StatementLine[],
): Promise<KeptLine[]> {
  const seen = new Set<number>();
  for (const { lineNo } of lines) {
    if (seen.has(lineNo)) throw new DomainError('STATEMENT_LINE_REPEATED', { lineNo }, 'lines');
    seen.add(lineNo);
  }
  await rows(manager, `DELETE FROM statement_line WHERE filing_id = $1`, [filingId]);
  await rows(
    manager,
    `INSERT INTO statement_line (filing_id, line_no, service_date, item_code, item_name, category, quantity_milli, unit_price_fen,
       amount_fen, catalogue_class, self_paid_first_bp)
     SELECT $1, l.line_no, l.service_date, l.item_code, l.item_name, l.category, l.quantity_milli, l.unit_price_fen, l.amount_fen,
       COALESCE(c.catalogue_class, 'outside'), COALESCE(c.self_paid_first_bp, 0)
     FROM unnest($3::integer[], $4::date[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[])
       AS l(line_no, service_date, item_code, item_name, category, quantity_milli, unit_price_fen, amount_fen)
     LEFT JOIN catalogue_item c ON c.region_code = $2 AND c.item_code = l.item_code`,
    [
      filingId,
      regionCode,
      lines.map((line) => line.lineNo),
      lines.map((line) => line.serviceDate),
      lines.map((line) => line.itemCode),
      lines.map((line) => line.itemName),
      lines.map((line) => line.category),
      lines.map((line) => milliOf(line.quantity)),
      lines.map((line) => line.unitPriceFen),
      lines.map((line) => line.amountFen),
    ],
  );
  await rows(manager, `UPDATE filing SET updated_at = now() WHERE id = $1`, [filingId]);
  return findStatementLines(manager, filingId, regionCode);
}

export async function findStatementLines(
  manager: EntityManager | DataSource,
  filingId: string,
  regionCode: string,
): Promise<KeptLine[]> {
  const found = await rows<Omit<KeptLine, 'quantity'> & { milli: number }>(
    manager,
    `SELECT l.line_no AS "lineNo", l.service_date AS "serviceDate", l.item_code AS "itemCode", l.item_name AS "itemName", l.category,
       l.quantity_milli AS milli, l.unit_price_fen AS "unitPriceFen", l.amount_fen AS "amountFen",
       l.catalogue_class AS "catalogueClass", l.self_paid_first_bp AS "selfPaidFirstBp", c.item_code IS NOT NULL AS "inCatalogue"
     FROM statement_line l LEFT JOIN catalogue_item c ON c.region_code = $2 AND c.item_code = l.item_code
     WHERE l.filing_id = $1 ORDER BY l.line_no`,
    [filingId, regionCode],
  );
  return found.map(({ milli, ...line }) => ({ ...line, quantity: quantityOf(milli) }));
}

/** '0.5' → 500; the shape is checked at the edge. */
function milliOf(quantity: string): number {
  const [whole = '0', decimals = ''] = quantity.split('.');
  return Number(`${whole}${decimals.padEnd(3, '0')}`);
}

function quantityOf(milli: number): string {
  const digits = String(milli).padStart(4, '0');
  return `${digits.slice(0, -3)}.${digits.slice(-3)}`.replace(/\.?0+$/, '') || '0';
}
