export { DomainError, errorSentence, errorTable, type ErrorCode, type ErrorEntry } from './errors';
