export {
  defaultReadLimits,
  type BankFileKind,
  type BankFileReport,
  type FileEncoding,
  type FileFault,
  type ReadLimits,
} from './file-report';
export { sha256Of, type BankFileSource, type WrittenFile } from './file-bytes';
export { messageIdOf, type Debtor, type TransferBatch } from './transfer-batch';
export { readPain001, unwritableInPain001, writePain001, type Pain001Head } from './pain001';
export { readPain002, writePain002, type GroupStatus, type Pain002Head, type StatusReport } from './pain002';
export type { TransferResult, TransferResultToWrite } from './transfer-results';
export { readCamt053, type Camt053Head, type StatementHead, type StatementLine } from './camt053';
export { writeCamt053, type EntryToWrite, type StatementToWrite } from './camt053-writer';
export { likelyForm, type IncomingForm } from './likely-form';
export { statementStep } from './statement-step';
export { readCsvPayments, unwritableInCsv, writeCsvPayments, type CsvPaymentsHead } from './csv/csv-payments';
export { readCsvResults, writeCsvResults, type CsvResultsHead, type CsvResultsToWrite } from './csv/csv-results';
export { batchPaymentGb18030, batchPaymentUtf8, type CsvLayout } from './csv/layouts';
export { loadCallKeys, makeCallKeys, readCallKeys, type CallKeys, type CallKeysFile } from './calls/call-keys';
export {
  callHeaders,
  isSignedAnswer,
  mostSkewMs,
  RequestGuard,
  requestDigestOf,
  requestOf,
  signAnswer,
  signRequest,
  type RequestFault,
} from './calls/signed-calls';
