import { DomainError } from '../errors';
import { foldWidth } from './checked';

/** The three parts of the duplicate key of 02-rules § 1, normalised; the person is left out on purpose (M6). */
export interface InvoiceKey {
  hospitalCode: string;
  /** '' for invoices without a code (all-digital ones). */
  invoiceCode: string;
  invoiceNumber: string;
}

/**
 * R-EL-04 duplicate key: width, case, spaces and hyphens do not make another invoice. A stub copy of a lost invoice has
 * the key of its original. Leading zeros are kept: they are printed and belong to the number.
 * @throws DomainError INVOICE_KEY_FORM when hospital or number are empty, or a part is longer than 40 characters
 */
export function invoiceKey(hospitalCode: string, invoiceCode: string | null, invoiceNumber: string): InvoiceKey {
  const key = {
    hospitalCode: normaliseInvoicePart(hospitalCode),
    invoiceCode: normaliseInvoicePart(invoiceCode ?? ''),
    invoiceNumber: normaliseInvoicePart(invoiceNumber),
  };
  for (const [field, value] of Object.entries(key)) {
    const empty = value === '' && field !== 'invoiceCode';
    if (empty || value.length > 40) throw new DomainError('INVOICE_KEY_FORM', {}, field);
  }
  return key;
}

/** One part of the key; also used for the number of a 费用结算清单. U+2212 is a minus sign, which people paste as a hyphen. */
export function normaliseInvoicePart(text: string): string {
  return foldWidth(text).replace(/[\p{Pd}\u2212]/gu, '');
}
