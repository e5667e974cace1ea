export { ColumnCipher, sameBytes } from './column-cipher';
export { createDataSource, databaseFault, installTypeParsers, migrate, rows, type StoreOptions } from './data-source';
export { loadKeys, type Keys } from './keys';
