export { createTestDatabase, type TestDatabase } from './test-database';
export { testCipher, testKeys, writeTestKeys } from './test-keys';
export { accountOf, seedTestWorld, type TestAccount, type TestWorld } from './test-world';
export { receiveTestCase, type TestCaseOptions } from './test-case';
export { waitUntil } from './wait-until';
export { startBankProcess, type BankProcess } from './bank-process';
export { drawTestOrder, orderStateOf, type TestOrder } from './test-order';
export { startTestBank, type TestBank } from './start-test-bank';
