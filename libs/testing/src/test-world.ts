import { demoInsuredPersons, rows, seedDemoPeople, seedGround, type InsuredPersonEntry } from '@banjie/persistence';
import type { Post } from '@banjie/domain';
import type { DataSource } from 'typeorm';
import { asOwner } from './test-database';
import { testCipher } from './test-keys';

export interface TestAccount {
  id: string;
  username: string;
  displayName: string;
  agencyId: string;
  posts: Post[];
}

export interface TestWorld {
  /** Of every account. */
  password: string;
  /** By username: window1, initial1, double1, b-window1 … (libs/persistence seed/demo-people). */
  accounts: Record<string, TestAccount>;
  persons: readonly InsuredPersonEntry[];
}

/** Definitions, agencies, registries, the demo's accounts and insured persons, encrypted with `testKeys`. */
export async function seedTestWorld(
  dataSource: DataSource,
  /** The owner's own source, where it is not that of a test database. */
  owner?: DataSource,
): Promise<TestWorld> {
  const password = 'test-password-1';
  const seed = async (source: DataSource) => {
    await seedGround(source);
    await seedDemoPeople(source, testCipher(), { password });
  };
  await (owner ? seed(owner) : asOwner(dataSource, seed));
  const accounts = await rows<TestAccount>(
    dataSource,
    `SELECT id, username, display_name AS "displayName", agency_id AS "agencyId", posts FROM staff_account`,
  );
  return {
    password,
    accounts: Object.fromEntries(accounts.map((account) => [account.username, account])),
    persons: demoInsuredPersons,
  };
}

/** The account of a username; a misspelt one fails here and not as an odd 401 later. */
export function accountOf(world: Pick<TestWorld, 'accounts'>, username: string): TestAccount {
  const account = world.accounts[username];
  if (!account) throw new Error(`the test world has no account ${username}`);
  return account;
}
