export { createTestDatabase, type TestDatabase } from './test-database';
export { testCipher, testKeys, writeTestKeys } from './test-keys';
