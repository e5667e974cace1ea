export { createTestDatabase, type TestDatabase } from './test-database';
export { testCipher, testKeys, writeTestKeys } from './test-keys';
export { accountOf, seedTestWorld, type TestAccount, type TestWorld } from './test-world';
export { receiveTestCase, type TestCaseOptions } from './test-case';
