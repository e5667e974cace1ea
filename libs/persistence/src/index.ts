export { ColumnCipher, sameBytes } from './column-cipher';
export { createDataSource, databaseFault, installTypeParsers, migrate, rows, type StoreOptions } from './data-source';
export { loadKeys, type Keys } from './keys';
export { canonical, chainRoot, chainText, type ActRow } from './cases/chain';
export { findCase, type CaseRecord } from './cases/case-record';
export { findDefinitionInForce, getDefinition } from './cases/definitions';
export { receiveCase, type CaseToReceive } from './cases/receive-case';
export { writeAct, type ActToWrite } from './cases/write-act';
